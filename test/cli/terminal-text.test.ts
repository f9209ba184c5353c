import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { closeStyles, styled } from '../../src/cli/escapes.ts';
import { cutText, harmless, textWidth } from '../../src/cli/terminal-text.ts';

const WIDTHS: readonly (readonly [text: string, width: number])[] = [
  ['', 0],
  ['plain', 5],
  ['Öl', 2],
  ['e\u0301', 1],
  ['漢字', 4],
  ['ｶﾅ', 2],
  ['한글', 4],
  ['🍇', 2],
  ['👩‍👩‍👧', 2],
  ['🇮🇹', 2],
  ['a\u200Bb', 2],
  [styled('red', 'red'), 3],
];

const RED = '\u001B[31m';
const RESET = '\u001B[0m';

describe('textWidth', () => {
  for (const [text, width] of WIDTHS) {
    it(`is ${width} for ${JSON.stringify(text)}`, () => assert.equal(textWidth(text), width));
  }
});

describe('cutText', () => {
  it('leaves alone what has room', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        assert.equal(cutText(text, textWidth(text)), text);
      }),
    );
  });

  it('is never wider than it may be, and as wide as can be', () => {
    const anyPart = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string().map((text) => styled(text, 'green')),
    );
    fc.assert(
      fc.property(
        fc.array(anyPart).map((parts) => parts.join('')),
        fc.nat(40),
        (text, width) => {
          const cut = textWidth(cutText(text, width));
          assert(cut <= width);
          assert(cut >= Math.min(width - 1, textWidth(text)));
        },
      ),
    );
  });

  it('keeps the end of colours whose text is cut', () => {
    assert.equal(cutText(styled('red text', 'red'), 5), styled('red …', 'red'));
    assert.equal(cutText('ab漢', 3), 'ab…');
    assert.equal(cutText('abc', 0), '');
  });
});

describe('harmless', () => {
  it('keeps colours and tabs, and nothing else that controls', () => {
    assert.equal(harmless(`a\tb ${RED}red${RESET}`), `a\tb ${RED}red${RESET}`);
    assert.equal(
      harmless('a\u001B[2Kb\u001B]8;;http://x\u0007link\u001B]8;;\u0007\r\b\u0000\u009Bc'),
      'ablink',
    );
  });

  it('leaves no control character but those of colours', () => {
    const anyHostile = fc.array(
      fc.constantFrom('\u001B', '[', ']', 'm', '1', ';', '\u0007', '\r', '\u009B', 'x', '?', 'H', '\t', '\n'),
    );
    fc.assert(
      fc.property(anyHostile, (parts) => {
        const left = harmless(parts.join('')).replaceAll('\t', '').split(`\u001B[`);
        const [first = '', ...others] = left;
        assert.doesNotMatch(first, /\p{Cc}/u);
        for (const other of others) assert.match(other, /^[\d;:]*m\P{Cc}*$/u);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('closeStyles', () => {
  it('resets what a text left open, once', () => {
    assert.equal(closeStyles('plain'), 'plain');
    assert.equal(closeStyles(`${RED}red`), `${RED}red${RESET}`);
    assert.equal(closeStyles(`${RED}red${RESET} plain`), `${RED}red${RESET} plain`);
    assert.equal(closeStyles(`${RED}red\u001B[m`), `${RED}red\u001B[m`);
    assert.equal(closeStyles(closeStyles(`${RED}red`)), closeStyles(`${RED}red`));
  });
});
