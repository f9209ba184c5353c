import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { hasTerminal } from '../../src/cli/terminal.ts';

function failing(code: string): () => void {
  return () => {
    throw Object.assign(new Error(code), { code });
  };
}

describe('hasTerminal', () => {
  it('is so where it can be opened', () => {
    assert(hasTerminal(() => {}));
  });

  for (const code of ['ENXIO', 'ENOENT', 'EIO']) {
    it(`is not so where that gives ${code}`, () => assert(!hasTerminal(failing(code))));
  }

  for (const code of ['EMFILE', 'ENFILE', 'ENOMEM']) {
    it(`takes ${code} for no answer`, () => assert(hasTerminal(failing(code))));
  }
});
