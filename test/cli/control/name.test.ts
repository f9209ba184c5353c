import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { isName, nameOf } from '../../../src/cli/control/name.ts';

describe('isName', () => {
  it('takes letters, digits, dots, underscores and dashes', () => {
    for (const name of ['a', 'A-b_c.1', '.', '..', '-', 'x'.repeat(64)]) assert(isName(name), name);
  });

  it('takes nothing else', () => {
    for (const name of [
      '',
      'a/b',
      '../a',
      'a b',
      'é',
      'a\n',
      'a\0',
      'x'.repeat(65),
      5,
      undefined,
      null,
      ['a'],
    ]) {
      assert(!isName(name), String(name));
    }
  });
});

describe('nameOf', () => {
  for (const [file, name] of [
    ['server.js', 'server'],
    ['/srv/app/api.v2.mjs', 'api.v2'],
    ['/srv/my app/index.js', 'my-app'],
    ['/index.js', 'index'],
    ['/srv/app', 'app'],
    ['.hidden', '.hidden'],
    ['/srv/naïve server.js', 'na-ve-server'],
    [`${'x'.repeat(70)}.js`, 'x'.repeat(64)],
  ] as const) {
    it(`makes ${name} of ${file}`, () => assert.equal(nameOf(file), name));
  }

  it('always gives a name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (part) => {
        const file = path.join('/srv/app', part.replaceAll('\0', ''));
        assert(file === '/' || file.endsWith('/') || isName(nameOf(file)), file);
      }),
    );
  });
});
