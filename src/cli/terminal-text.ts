import { stripVTControlCharacters } from 'node:util';

import { splitStyles } from './escapes.ts';

/** How many columns of a terminal a text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const piece of piecesOf(stripVTControlCharacters(text))) width += widthOf(piece);
  return width;
}

/** The beginning of a text, with an ellipsis where it is not all, in at most so many columns. Its colours still end. */
export function cutText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let left = width - 1;
  let isCut = width < 1;
  let kept = '';
  for (const [index, part] of splitStyles(text).entries()) {
    if (index % 2 === 1) {
      kept += part;
      continue;
    }
    for (const piece of isCut ? [] : piecesOf(stripVTControlCharacters(part))) {
      left -= widthOf(piece);
      isCut = left < 0;
      kept += isCut ? '…' : piece;
      if (isCut) break;
    }
  }
  return kept;
}

/** Without what would move the cursor or change the terminal: colours and tabs remain. */
export function harmless(text: string): string {
  if (!CONTROL.test(text)) return text;
  return splitStyles(text)
    .map((part, index) =>
      index % 2 === 1
        ? part
        : stripVTControlCharacters(part).replaceAll(CONTROLS, (found) => (found === '\t' ? found : '')),
    )
    .join('');
}

const CONTROL = /\p{Cc}/u;
const CONTROLS = /\p{Cc}/gu;
const PLAIN = /^[ -~]*$/;
const WIDE =
  /^(?![\uFF61-\uFFDC])[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303F\uFF01-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}|\uFE0F/u;
const WITHOUT_WIDTH = /^[\p{Cc}\p{Cf}\p{Mn}\p{Me}]*$/u;

const segmenter = new Intl.Segmenter();

/** What is seen as one character each. */
function piecesOf(text: string): Iterable<string> {
  if (PLAIN.test(text)) return text;
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function widthOf(piece: string): number {
  if (PLAIN.test(piece)) return piece.length;
  if (WITHOUT_WIDTH.test(piece)) return 0;
  return WIDE.test(piece) ? 2 : 1;
}
