/** Every control sequence that the command writes, and what it knows of those that workers write. */

const ESCAPE = '\u001B';

/** A terminal that can shows what lies between these two at once; and the cursor is not seen to run about. */
export const BEGIN_FRAME = `${ESCAPE}[?2026h${ESCAPE}[?25l`;
export const END_FRAME = `${ESCAPE}[?25h${ESCAPE}[?2026l`;
export const END_LINE = '\r\n';
export const ERASE_BELOW = `${ESCAPE}[J`;

export type Style = keyof typeof STYLES;

const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  'bright-green': [92, 39],
  'bright-blue': [94, 39],
} as const;

/** Up by so many rows, to their beginning; not beyond the first row of the window. */
export function toRowAbove(rows: number): string {
  return rows === 0 ? '\r' : `\r${ESCAPE}[${rows}A`;
}

export function styled(text: string, style: Style): string {
  const [begin, end] = STYLES[style];
  return `${ESCAPE}[${begin}m${text}${ESCAPE}[${end}m`;
}

/** Splits off the sequences for colours and the like: they come at odd places. */
export function splitStyles(text: string): string[] {
  return text.split(STYLE);
}

const STYLE = new RegExp(`(${ESCAPE}\\[[\\d;:]*m)`);
const RESET = `${ESCAPE}[0m`;
const RESETS: readonly (string | undefined)[] = [undefined, RESET, `${ESCAPE}[m`];

/** So that the colours of a text end with it. */
export function closeStyles(text: string): string {
  if (!text.includes(ESCAPE)) return text;
  return RESETS.includes(splitStyles(text).at(-2)) ? text : text + RESET;
}
