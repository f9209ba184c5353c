import { StringDecoder } from 'node:string_decoder';

/** A line that is longer goes on in pieces of at most so many characters, so that no line fills the memory. */
export const MAX_LINE_LENGTH = 65_536;

/** Makes lines of what comes in chunks of bytes: UTF-8, ended by `\n` or `\r\n`, which are not part of them. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  /** The beginning of a line whose end has not come. */
  #rest = '';

  /** The lines that this chunk ends. */
  write(chunk: Buffer): string[] {
    return this.#split(this.#decoder.write(chunk));
  }

  /** What is left: at most one line, where the last one has no end. */
  end(): string[] {
    const lines = this.#split(this.#decoder.end());
    if (this.#rest !== '') lines.push(withoutReturn(this.#rest));
    this.#rest = '';
    return lines;
  }

  #split(text: string): string[] {
    const [first = '', ...others] = text.split('\n');
    const lines: string[] = [];
    this.#rest = cutPieces(this.#rest + first, lines);
    for (const next of others) {
      lines.push(withoutReturn(this.#rest));
      this.#rest = cutPieces(next, lines);
    }
    return lines;
  }
}

/** Takes pieces off a text that is too long, and gives what remains. */
function cutPieces(text: string, pieces: string[]): string {
  if (text.length <= MAX_LINE_LENGTH) return text;
  // A \r may be one too many: \n may follow, and then it is no part of the line.
  const limit = text.endsWith('\r') ? MAX_LINE_LENGTH + 1 : MAX_LINE_LENGTH;
  let at = 0;
  while (text.length - at > limit) {
    const isBetweenHalves = isHighSurrogate(text.charCodeAt(at + MAX_LINE_LENGTH - 1));
    const end = at + MAX_LINE_LENGTH - (isBetweenHalves ? 1 : 0);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return text.slice(at);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** How much of recent lines is kept at most, in characters. */
const MAX_RECENT_LENGTH = 16_384;

/** The last lines of a text, 50 by default; the beginning of a line that alone is too long. */
export class RecentLines {
  readonly #limit: number;
  readonly #lines: string[] = [];
  #length = 0;

  constructor(limit = 50) {
    this.#limit = limit;
  }

  get lines(): readonly string[] {
    return [...this.#lines];
  }

  add(line: string): void {
    const kept = line.slice(0, MAX_RECENT_LENGTH);
    this.#lines.push(kept);
    this.#length += kept.length;
    while (this.#lines.length > this.#limit || this.#length > MAX_RECENT_LENGTH) {
      this.#length -= this.#lines.shift()?.length ?? 0;
    }
  }
}
