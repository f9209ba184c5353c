import { WindowsByEnd } from './windows-by-end.ts';

export interface LimitTerms {
  /** How many a key may have in a window. */
  readonly points: number;
  /** How long a window lasts, from a key's first point on; 0: it never ends. */
  readonly perMs: number;
}

/** How points are added. */
export interface AddOptions {
  /** How long a window lasts that begins with them; 0: it never ends. Default: that of the terms. */
  readonly forMs?: number;
  /** What takes a key beyond its points begins a new window, as long as this. Default: 0, none. */
  readonly blockMs?: number;
  /** A key may have less than none. Default: false. */
  readonly isSigned?: boolean;
}

export interface LimitCount {
  /** How many the key has had in its window, those that were refused included. */
  readonly taken: number;
  /** When the window ends: maybe never, `Infinity`; `undefined` where there is none. */
  readonly endsAtMs: number | undefined;
  /** The window has begun with this. */
  readonly isFirst: boolean;
}

interface Window {
  readonly key: string;
  taken: number;
  readonly endsAtMs: number;
  at: number;
}

/** Beyond so many keys the window that ends first is forgotten. */
const MAX_KEYS = 1_000_000;
/** So many windows that are over are forgotten by the way, whatever is asked: what is left of them is for those who have time. */
const FEW = 16;

const NONE: LimitCount = { taken: 0, endsAtMs: undefined, isFirst: false };

/** What each key has had in its window. Time comes in, in ms of a clock that nobody sets. */
export class LimitTable {
  readonly #windows = new Map<string, Window>();
  readonly #byEnd = new WindowsByEnd<Window>();
  readonly #terms: LimitTerms;
  readonly #maxKeys: number;
  readonly #onFull: () => void;

  constructor(terms: LimitTerms, maxKeys: number = MAX_KEYS, onFull: () => void = () => {}) {
    this.#terms = terms;
    this.#maxKeys = maxKeys;
    this.#onFull = onFull;
  }

  /** How many keys have a window. */
  get size(): number {
    return this.#windows.size;
  }

  /** `count` may be negative, to give back. */
  add(key: string, count: number, nowMs: number, options: AddOptions = {}): LimitCount {
    const { forMs = this.#terms.perMs, blockMs = 0, isSigned = false } = options;
    const known = this.#living(key, nowMs);
    if (!known && count <= 0 && !isSigned) return NONE;
    const before = known?.taken ?? 0;
    const taken = countable(before + count);
    const { points } = this.#terms;
    // Who goes on while the key is blocked does not make that last longer.
    const isBlocked = blockMs > 0 && taken > points && before <= points;
    if (isBlocked) return this.set(key, taken, nowMs, blockMs);
    if (!known) return this.set(key, taken, nowMs, forMs);
    known.taken = isSigned ? taken : Math.max(0, taken);
    return countOf(known);
  }

  /** Begins a window that has had so many. */
  set(key: string, taken: number, nowMs: number, forMs: number): LimitCount {
    this.reset(key);
    this.sweep(nowMs, FEW);
    if (this.#windows.size >= this.#maxKeys) this.#makeRoom(nowMs);
    const begun = { key, taken: countable(taken), endsAtMs: forMs === 0 ? Infinity : nowMs + forMs, at: 0 };
    this.#byEnd.add(begun);
    this.#windows.set(key, begun);
    return { ...countOf(begun), isFirst: true };
  }

  get(key: string, nowMs: number): LimitCount {
    const known = this.#living(key, nowMs);
    return known ? countOf(known) : NONE;
  }

  /** Ends the key's window. */
  reset(key: string): void {
    const known = this.#windows.get(key);
    if (known) this.#forget(known);
  }

  clear(): void {
    this.#windows.clear();
    this.#byEnd.clear();
  }

  /** Forgets windows that are over, at most so many; gives how many. */
  sweep(nowMs: number, max: number = Infinity): number {
    for (let forgotten = 0; ; forgotten += 1) {
      const { next } = this.#byEnd;
      if (!next || next.endsAtMs > nowMs || forgotten >= max) return forgotten;
      this.#forget(next);
    }
  }

  #living(key: string, nowMs: number): Window | undefined {
    const known = this.#windows.get(key);
    if (!known || known.endsAtMs > nowMs) return known;
    this.#forget(known);
    return undefined;
  }

  #makeRoom(nowMs: number): void {
    if (this.sweep(nowMs, FEW) > 0) return;
    const { next } = this.#byEnd;
    if (next) this.#forget(next);
    this.#onFull();
  }

  #forget(window: Window): void {
    this.#windows.delete(window.key);
    this.#byEnd.delete(window);
  }
}

/** Beyond that one more makes no difference, and far beyond there is no number that JSON can write. */
function countable(count: number): number {
  return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(count, Number.MAX_SAFE_INTEGER));
}

function countOf({ taken, endsAtMs }: Window): LimitCount {
  return { taken, endsAtMs, isFirst: false };
}
