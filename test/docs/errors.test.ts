import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';

import { ERROR_CODES, WARNING_CODES } from '../../src/core/errors.ts';
import { inRoot } from '../support/paths.ts';
import { fenced, read, rowsBelow } from './pages.ts';

const MEANINGS: Readonly<Record<string, string>> = { ...ERROR_CODES, ...WARNING_CODES };
const CODES = Object.keys(MEANINGS);

describe('the pages of the errors', () => {
  for (const code of CODES) {
    const page = `docs/errors/${code}.md`;

    it(`${code} says what happened, why, and what to do`, () => {
      const text = read(page);
      assert(text.startsWith(`# \`${code}\`\n`));
      for (const part of ['What happened', 'Why', 'What to do']) {
        assert.match(text, new RegExp(`^\\*\\*${part}\\.\\*\\* \\S`, 'm'));
      }
      assert(text.endsWith('[All errors and warnings](../errors.md)\n'));
    });

    it(`${code} has an example of its message`, () => {
      const [example = '', ...others] = fenced(page, 'text');
      assert.deepEqual(others, []);
      const isWarning = Object.hasOwn(WARNING_CODES, code);
      const start = isWarning ? `[${code}] GrappoloWarning: ${MEANINGS[code]}\n` : '';
      assert(example.trim() !== '' && example.includes(start), example);
    });
  }

  it('are there for each code and nothing else', () => {
    assert.deepEqual(
      readdirSync(inRoot('docs/errors')).toSorted(),
      CODES.map((code) => `${code}.md`).toSorted(),
    );
  });

  it('are linked from the index, beside what the code means', () => {
    const rows = rowsBelow('docs/errors.md', "## Grappolo's own").filter(([cell]) => cell?.startsWith('['));
    const expected = CODES.map((code) => [`[\`${code}\`](errors/${code}.md)`, MEANINGS[code]]);
    assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(expected));
    assert.equal(rows.length, CODES.length);
  });
});
