import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';

import { FLEET_ERROR_CODES, FLEET_WARNING_CODES } from '../../packages/fleet/src/errors.ts';
import { ERROR_CODES, WARNING_CODES } from '../../src/core/errors.ts';
import { inRoot } from '../support/paths.ts';
import { fenced, read, rowsBelow } from './pages.ts';

const OWN: Readonly<Record<string, string>> = { ...ERROR_CODES, ...WARNING_CODES };
const FLEET: Readonly<Record<string, string>> = { ...FLEET_ERROR_CODES, ...FLEET_WARNING_CODES };
const MEANINGS = { ...OWN, ...FLEET };
const CODES = Object.keys(MEANINGS);
/** Where the index tells of them. */
const HEADINGS = { "## Grappolo's own": OWN, "## The fleet's": FLEET };

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
      const type = Object.hasOwn(WARNING_CODES, code) ? 'GrappoloWarning' : 'FleetWarning';
      const start = code.startsWith('ERR_') ? '' : `[${code}] ${type}: ${MEANINGS[code]}\n`;
      assert(example.trim() !== '' && example.includes(start), example);
    });
  }

  it('are there for each code and nothing else', () => {
    assert.deepEqual(
      readdirSync(inRoot('docs/errors')).toSorted(),
      CODES.map((code) => `${code}.md`).toSorted(),
    );
  });

  for (const [heading, meanings] of Object.entries(HEADINGS)) {
    it(`are linked from the index, beside what the code means, below ${heading.slice(3)}`, () => {
      const rows = rowsBelow('docs/errors.md', heading).filter(([cell]) => cell?.startsWith('['));
      const expected = Object.entries(meanings).map(([code, text]) => [
        `[\`${code}\`](errors/${code}.md)`,
        text,
      ]);
      assert.deepEqual(Object.fromEntries(rows), Object.fromEntries(expected));
      assert.equal(rows.length, expected.length);
    });
  }
});
