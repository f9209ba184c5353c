import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { findJsonError } from '../../src/cli/json-error.ts';
import type { JsonError } from '../../src/cli/json-error.ts';

const ERRORS: readonly (readonly [text: string, JsonError])[] = [
  ['', { line: 1, column: 1, found: undefined }],
  ['{\n  "a": 1,\n}', { line: 3, column: 1, found: '}' }],
  ['{\r\n  "a": tru }', { line: 2, column: 11, found: ' ' }],
  ['{"a": 1 "b": 2}', { line: 1, column: 9, found: '"' }],
  ['[1, 2', { line: 1, column: 6, found: undefined }],
  ['"a\n"', { line: 1, column: 3, found: '\n' }],
  ['"\\x"', { line: 1, column: 2, found: '\\' }],
  ['01', { line: 1, column: 2, found: '1' }],
  ['1.', { line: 1, column: 3, found: undefined }],
  ['{} // done', { line: 1, column: 4, found: '/' }],
  ["{'a': 1}", { line: 1, column: 2, found: "'" }],
  ['[😀]', { line: 1, column: 2, found: '😀' }],
];

describe('findJsonError', () => {
  for (const [text, error] of ERRORS) {
    it(`finds it in ${JSON.stringify(text)}`, () => assert.deepEqual(findJsonError(text), error));
  }

  it('finds one exactly where JSON.parse() does not read a text', () => {
    const changed = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ...Array.from('{}[]",:\\0-.eEtu \n\u0001')))
      .map(([json, at, letter]) => {
        const offset = at % (json.length + 1);
        return json.slice(0, offset) + letter + json.slice(offset + 1);
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), changed, fc.string()), (text) => {
        assert.equal(findJsonError(text) === undefined, isJson(text));
      }),
      { numRuns: 2000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
