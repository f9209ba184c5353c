import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { plainJson } from '../../src/core/plain-json.ts';
import type { PlainData } from '../../src/core/plain-json.ts';

describe('plainJson', () => {
  it('writes what JSON.stringify() writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        assert.equal(plainJson(value as PlainData), JSON.stringify(value));
      }),
    );
    assert.equal(plainJson({ a: undefined, b: [undefined] }), '{"b":[null]}');
  });

  it('is not bent by a toJSON of arrays, objects and strings', (t) => {
    for (const { prototype } of [Array, Object, String, Number]) {
      Object.defineProperty(prototype, 'toJSON', { value: () => 'bent', configurable: true });
      t.after(() => Reflect.deleteProperty(prototype, 'toJSON'));
    }
    assert.equal(plainJson({ list: ['a', 1], inner: { is: null } }), '{"list":["a",1],"inner":{"is":null}}');
  });
});
