import assert from 'node:assert/strict';
import { Writable } from 'node:stream';

interface Row {
  /** What each column shows; the second column of a wide character shows nothing. */
  cells: string[];
  /** Whether its text goes on in the next row. */
  isBroken: boolean;
}

/** A sequence that the command writes, or one character. */
const TOKEN = new RegExp(`${String.fromCodePoint(0x1b)}\\[(\\?)?([\\d;:]*)([A-Za-z])|[^]`, 'gu');

/** A terminal that knows what the command writes, and fails for anything else. */
export class FakeTerminal extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  frames = 0;
  isCursorShown = true;
  readonly #reflows: boolean;
  /** The window's rows, and above them what was scrolled away. */
  #lines: Row[] = [emptyRow()];
  #top = 0;
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number, reflows = true) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
    this.#reflows = reflows;
  }

  /** What is in the scroll-back and in the window, without the empty rows at the end. */
  get text(): string[] {
    const lines = this.#lines.map(({ cells }) => cells.join('').trimEnd());
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
  }

  /** The rows above the cursor. */
  get above(): string[] {
    return this.#lines.slice(0, this.#row).map(({ cells }) => cells.join('').trimEnd());
  }

  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row - this.#top, column: this.#column };
  }

  resize(columns: number, rows: number): void {
    assert.equal(this.#column, 0, 'the cursor is in the middle of a row');
    if (this.#reflows) this.#reflow(columns);
    else for (const row of this.#lines) row.cells = row.cells.slice(0, columns);
    this.columns = columns;
    this.rows = rows;
    this.#top = Math.max(0, this.#row - rows + 1, Math.min(this.#top, this.#lines.length - rows));
    this.emit('resize');
  }

  /** Writes as another program would. */
  type(text: string): void {
    for (const character of text) this.#put(character);
  }

  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.frames += 1;
    for (const [token, isPrivate, digits = '', letter] of String(chunk).matchAll(TOKEN)) {
      if (letter === undefined) this.#put(token);
      else this.#obey(`${isPrivate ?? ''}${letter}`, digits);
    }
    done();
  }

  #obey(sequence: string, digits: string): void {
    switch (sequence) {
      case 'A':
        this.#row = Math.max(this.#top, this.#row - Number(digits));
        return;
      case 'J':
        assert.equal(digits, '');
        this.#current.cells.length = Math.min(this.#current.cells.length, this.#column);
        this.#current.isBroken = false;
        for (let row = this.#row + 1; row < this.#lines.length; row += 1) this.#lines[row] = emptyRow();
        return;
      case 'm':
        return;
      case '?h':
      case '?l':
        assert(['25', '2026'].includes(digits), `unknown mode ${digits}`);
        if (digits === '25') this.isCursorShown = sequence === '?h';
        return;
      default:
        assert.fail(`unknown sequence ${digits}${sequence}`);
    }
  }

  #put(character: string): void {
    if (character === '\r') {
      this.#column = 0;
    } else if (character === '\n') {
      this.#feed();
    } else {
      assert(!/\p{Cc}/u.test(character), `control character ${JSON.stringify(character)}`);
      const width = /\p{Script=Han}|\p{Emoji_Presentation}/u.test(character) ? 2 : 1;
      if (this.#column + width > this.columns) {
        this.#current.isBroken = true;
        this.#feed();
        this.#column = 0;
      }
      while (this.#current.cells.length < this.#column) this.#current.cells.push(' ');
      this.#current.cells[this.#column] = character;
      if (width === 2) this.#current.cells[this.#column + 1] = '';
      this.#column += width;
    }
  }

  get #current(): Row {
    return this.#lines[this.#row] as Row;
  }

  #feed(): void {
    this.#row += 1;
    if (this.#row === this.#lines.length) this.#lines.push(emptyRow());
    this.#top = Math.max(this.#top, this.#row - this.rows + 1);
  }

  #reflow(columns: number): void {
    const cursor = this.#current;
    const whole: Row[] = [];
    let isGoingOn = false;
    for (const row of this.#lines) {
      if (isGoingOn) whole.at(-1)?.cells.push(...row.cells);
      else whole.push(row);
      isGoingOn = row.isBroken;
      row.isBroken = false;
    }
    this.#lines = whole.flatMap((row) => {
      const parts: Row[] = [];
      for (let rest = row.cells; rest.length > columns;) {
        const end = rest[columns] === '' ? columns - 1 : columns;
        parts.push({ cells: rest.slice(0, end), isBroken: true });
        rest = rest.slice(end);
        row.cells = rest;
      }
      return [...parts, row];
    });
    this.#row = this.#lines.indexOf(cursor);
  }
}

function emptyRow(): Row {
  return { cells: [], isBroken: false };
}
