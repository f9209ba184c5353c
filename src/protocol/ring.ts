/**
 * The memory that primary and worker share beside a queue of descriptors: who has which connection. A connection is
 * somebody's by one atomic exchange, so that it is taken once, whoever dies or stalls at whatever moment.
 *
 * The primary numbers what it sends to a worker; number n has the cell n % CELLS until both are done with it.
 */

/** More than the widest window: a cell is free again only when its connection is settled. */
const CELLS = 32;

/** What becomes of a connection. The primary moves it from `sent` to `revoked`, the worker to anything else. */
const CELL_STATES = ['empty', 'sent', 'revoked', 'taken', 'done', 'full', 'closed', 'unfit'] as const;

export type CellState =
  | 'empty'
  /** On its way: the primary may take it back. */
  | 'sent'
  | 'revoked'
  /** The worker's; it wants no other yet. */
  | 'taken'
  /** The worker's, and it has room for another. */
  | 'done'
  /** Refused: the server is full. */
  | 'full'
  /** Refused: there is no such server any more. */
  | 'closed'
  /** Refused: the worker cannot take it, because it has no descriptor left. */
  | 'unfit';

/** The words before the cells. The worker writes them, and the primary `lastSent`. */
const HEADER = { window: 0, turns: 1, closed: 2, open: 3, delayUs: 4, lastSent: 5 } as const;
const FIRST_CELL = 8;
const STATE_BITS = 3;
const NUMBER_MASK = 2 ** (32 - STATE_BITS) - 1;

/** The number after `number`; they begin again at 0. */
export function nextNumber(number: number): number {
  return (number + 1) & NUMBER_MASK;
}

/** Whether the cell of `number` can be used while `oldest` is not settled. */
export function isCellFree(number: number, oldest: number): boolean {
  return ((number - oldest) & NUMBER_MASK) < CELLS;
}

/** What a worker says of itself where somebody asks for it. */
export interface ReportedLoad {
  /** How many of the connections that it has taken so far are closed again; 32 bits, modulo. */
  readonly closed: number;
  /** How many connections its servers have open. */
  readonly open: number;
  /** How long a turn of its event loop takes on average while it works. */
  readonly delayMs: number;
}

/** Both sides' view of the shared memory; `words` must be at least FIRST_CELL + CELLS long. */
export class Ring {
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** How many connections the worker wants to hold untaken; 0 until it has said. */
  get window(): number {
    return Atomics.load(this.#words, HEADER.window);
  }

  set window(size: number) {
    Atomics.store(this.#words, HEADER.window, size);
  }

  /** The number of the youngest connection that is on its way, or was. */
  get lastSent(): number {
    return Atomics.load(this.#words, HEADER.lastSent);
  }

  /** Changes whenever the worker has looked for connections. */
  get turns(): number {
    return Atomics.load(this.#words, HEADER.turns);
  }

  countTurn(): void {
    Atomics.add(this.#words, HEADER.turns, 1);
  }

  get load(): ReportedLoad {
    return {
      closed: Atomics.load(this.#words, HEADER.closed),
      open: Atomics.load(this.#words, HEADER.open),
      delayMs: Atomics.load(this.#words, HEADER.delayUs) / 1000,
    };
  }

  set load({ closed, open, delayMs }: ReportedLoad) {
    Atomics.store(this.#words, HEADER.closed, closed);
    Atomics.store(this.#words, HEADER.open, open);
    Atomics.store(this.#words, HEADER.delayUs, Math.round(delayMs * 1000));
  }

  /** What became of a connection; `undefined` where the cell holds something else. */
  state(number: number): CellState | undefined {
    const word = Atomics.load(this.#words, cellOf(number));
    return word >>> STATE_BITS === number ? CELL_STATES[word & (2 ** STATE_BITS - 1)] : undefined;
  }

  /** To be called before the connection is sent. */
  put(number: number): void {
    Atomics.store(this.#words, cellOf(number), wordOf(number, 'sent'));
    Atomics.store(this.#words, HEADER.lastSent, number);
  }

  /** Gives whether the connection was in the state `from`, and so is now in `to`. */
  move(number: number, from: CellState, to: CellState): boolean {
    const before = wordOf(number, from);
    return Atomics.compareExchange(this.#words, cellOf(number), before, wordOf(number, to)) === before;
  }
}

function cellOf(number: number): number {
  return FIRST_CELL + (number % CELLS);
}

function wordOf(number: number, state: CellState): number {
  return (number << STATE_BITS) | CELL_STATES.indexOf(state);
}
