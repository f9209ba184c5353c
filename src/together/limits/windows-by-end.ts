/** What ends at some time, and where it is among the others. */
export interface Ending {
  readonly endsAtMs: number;
  /** Written by `WindowsByEnd` only. */
  at: number;
}

/**
 * A heap: neither of two that lie below another ends before it. To add one, to take one out and to find the next takes as good as no time,
 * however many there are and however long each of them lasts.
 */
export class WindowsByEnd<T extends Ending> {
  readonly #heap: T[] = [];

  /** The one that ends first. */
  get next(): T | undefined {
    return this.#heap[0];
  }

  add(window: T): void {
    this.#heap.push(window);
    this.#rise(window, this.#heap.length - 1);
  }

  delete(window: T): void {
    const last = this.#heap.pop();
    if (!last || last === window) return;
    // The last one takes its place, and goes from there to where it belongs.
    this.#rise(last, window.at);
    this.#sink(last);
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #rise(window: T, from: number): void {
    let at = from;
    while (at > 0) {
      const aboveAt = (at - 1) >> 1;
      const above = this.#heap[aboveAt];
      if (!above || above.endsAtMs <= window.endsAtMs) break;
      this.#put(above, at);
      at = aboveAt;
    }
    this.#put(window, at);
  }

  #sink(window: T): void {
    let { at } = window;
    for (;;) {
      const below = this.#firstBelow(at);
      if (!below || below.endsAtMs >= window.endsAtMs) break;
      const belowAt = below.at;
      this.#put(below, at);
      at = belowAt;
    }
    this.#put(window, at);
  }

  #firstBelow(at: number): T | undefined {
    const one = this.#heap[2 * at + 1];
    const other = this.#heap[2 * at + 2];
    return one && other && other.endsAtMs < one.endsAtMs ? other : one;
  }

  #put(window: T, at: number): void {
    this.#heap[at] = window;
    window.at = at;
  }
}
