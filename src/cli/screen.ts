import type { Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';

import { BEGIN_FRAME, closeStyles, END_FRAME, END_LINE, ERASE_BELOW, toRowAbove } from './escapes.ts';
import { cutText, harmless, textWidth } from './terminal-text.ts';

/** How far apart frames are at least. */
const FRAME_MS = 250;
/** How often there is one though nothing happens. */
const IDLE_MS = 1000;
/** What waits for the next frame at most, in lines. */
const MAX_PENDING = 500;

/** What is known of `process.stdout` and the like. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface ScreenOptions {
  /** Whether the terminal breaks lines anew when it gets narrower, as all but a few do. */
  readonly reflows: boolean;
}

/**
 * Keeps a few lines at the bottom of a terminal, below all that is printed. Between frames the cursor is seen, in a row
 * of its own below them: whatever ends the process, the terminal is as it was.
 */
export class Screen {
  readonly #stream: OutputStream;
  readonly #render: (columns: number, rows: number) => readonly string[];
  readonly #options: ScreenOptions;
  readonly #idle: NodeJS.Timeout;
  #next: NodeJS.Timeout | undefined;
  #lastFrameMs = -Infinity;
  /** Printed, and not written yet. */
  #pending: string[] = [];
  /** What stands above the cursor, to be replaced. */
  #shown: readonly string[] = [];
  #shownColumns = 0;
  #isClosed = false;

  /** @param render Gives the lines for the bottom: what is wider or higher than it is told is cut off. */
  constructor(
    stream: OutputStream,
    render: (columns: number, rows: number) => readonly string[],
    options: ScreenOptions,
  ) {
    this.#stream = stream;
    this.#render = render;
    this.#options = options;
    this.#idle = setInterval(this.#onChange, IDLE_MS).unref();
    stream.on('resize', this.#onChange);
    process.on('SIGCONT', this.#onContinue);
    process.on('exit', this.#onExit);
    this.update();
  }

  /** Lines that stay, and scroll away above the table. */
  print(lines: readonly string[]): void {
    for (const line of lines) this.#pending.push(closeStyles(harmless(line)));
    if (this.#isClosed || this.#pending.length >= MAX_PENDING) this.#draw();
    else this.update();
  }

  /** There is news for the table. It is never drawn before this returns. */
  update(): void {
    if (this.#isClosed || this.#next) return;
    const waitMs = Math.max(0, this.#lastFrameMs + FRAME_MS - performance.now());
    this.#next = setTimeout(() => this.#draw(), waitMs).unref();
  }

  /** Takes the table away. What is printed from now on is written at once. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#idle);
    this.#stream.off('resize', this.#onChange);
    process.off('SIGCONT', this.#onContinue);
    process.off('exit', this.#onExit);
    this.#draw();
  }

  readonly #onChange = (): void => this.update();

  /** Others have written since the process was stopped: what it had shown is theirs. */
  readonly #onContinue = (): void => {
    this.#shown = [];
    this.update();
  };

  readonly #onExit = (): void => this.close();

  #draw(): void {
    clearTimeout(this.#next);
    this.#next = undefined;
    this.#lastFrameMs = performance.now();
    const columns = this.#stream.columns || 80;
    const rows = this.#stream.rows || 24;
    const frame = this.#isClosed ? [] : this.#frame(columns - 1, roomFor(rows));
    const isSame = columns === this.#shownColumns && isDeepStrictEqual(frame, this.#shown);
    // What is left alone can be selected.
    if (isSame && this.#pending.length === 0) return;
    const back = toRowAbove(this.#height(columns)) + ERASE_BELOW;
    const lines = [...this.#pending, ...frame].map((line) => line + END_LINE);
    this.#pending = [];
    this.#shown = frame;
    this.#shownColumns = columns;
    this.#stream.write(BEGIN_FRAME + back + lines.join('') + END_FRAME);
  }

  /** One column is left free: at the very end of a row terminals differ in where the cursor is. */
  #frame(columns: number, rows: number): readonly string[] {
    const lines = this.#render(columns, rows);
    const last = lines.length <= rows || rows === 0 ? [] : [`… ${lines.length - rows + 1} more`];
    return [...lines.slice(0, rows - last.length), ...last].map((line) =>
      cutText(closeStyles(harmless(line)), columns),
    );
  }

  /** How many rows the shown lines take, though the window may be narrower by now. */
  #height(columns: number): number {
    if (!this.#options.reflows) return this.#shown.length;
    return this.#shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
  }
}

/** In a window of so many rows: the cursor has one, and the last line that was printed, if there are enough. */
function roomFor(rows: number): number {
  return rows > 2 ? rows - 2 : rows - 1;
}
