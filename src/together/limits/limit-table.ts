export interface LimitTerms {
  /** How many a key may have in a window. */
  readonly points: number;
  /** How long a window lasts, from a key's first point on. */
  readonly perMs: number;
}

export interface LimitCount {
  /** How many the key has had in its window, those that were refused included. */
  readonly taken: number;
  /** When the window ends; `undefined` where there is none. */
  readonly endsAtMs: number | undefined;
}

/** Beyond so many keys the window that ends first is forgotten. */
const MAX_KEYS = 1_000_000;

const NONE: LimitCount = { taken: 0, endsAtMs: undefined };

/** What each key has had in its window. Time comes in, in ms of a clock that nobody sets. */
export class LimitTable {
  /** In the order of their windows' begins, and so, as all last as long, of their ends. */
  readonly #windows = new Map<string, { taken: number; readonly endsAtMs: number }>();
  readonly #perMs: number;
  readonly #maxKeys: number;

  constructor({ perMs }: Pick<LimitTerms, 'perMs'>, maxKeys: number = MAX_KEYS) {
    this.#perMs = perMs;
    this.#maxKeys = maxKeys;
  }

  /** How many keys have a window. */
  get size(): number {
    return this.#windows.size;
  }

  /** `count` may be negative, to give back. */
  add(key: string, count: number, nowMs: number): LimitCount {
    this.sweep(nowMs);
    const known = this.#windows.get(key);
    if (known) {
      known.taken = Math.max(0, known.taken + count);
      return { ...known };
    }
    if (count <= 0) return NONE;
    const begun = { taken: count, endsAtMs: nowMs + this.#perMs };
    this.#windows.set(key, begun);
    const [first] = this.#windows.keys();
    if (first !== undefined && this.#windows.size > this.#maxKeys) this.#windows.delete(first);
    return { ...begun };
  }

  get(key: string, nowMs: number): LimitCount {
    this.sweep(nowMs);
    const known = this.#windows.get(key);
    return known ? { ...known } : NONE;
  }

  reset(key: string): void {
    this.#windows.delete(key);
  }

  /** Forgets the windows that are over: the first ones. */
  sweep(nowMs: number): void {
    for (const [key, { endsAtMs }] of this.#windows) {
      if (endsAtMs > nowMs) return;
      this.#windows.delete(key);
    }
  }
}
