/** So many have a place of their own; a power of two. */
const PLACES = 64;

/**
 * A map, by numbers that mostly grow, of what is there for a short time: each number has a place, and what is still there when another needs that
 * moves to a `Map`. To put each into a `Map`, whose table V8 makes anew as entries come and go, would take as long as all else that is
 * done for a small message. It has no order.
 */
export class BriefMap<V extends object> {
  readonly #numbers: number[] = Array.from({ length: PLACES }, () => -1);
  readonly #values: (V | undefined)[] = Array.from({ length: PLACES }, () => undefined);
  readonly #others = new Map<number, V>();

  get(n: number): V | undefined {
    const place = placeOf(n);
    return this.#numbers[place] === n ? this.#values[place] : this.#others.get(n);
  }

  set(n: number, value: V): void {
    const place = placeOf(n);
    const before = this.#values[place];
    const numberBefore = this.#numbers[place];
    if (before !== undefined && numberBefore !== undefined && numberBefore !== n)
      this.#others.set(numberBefore, before);
    if (this.#others.size > 0) this.#others.delete(n);
    this.#numbers[place] = n;
    this.#values[place] = value;
  }

  /** Whether it was there. */
  delete(n: number): boolean {
    const place = placeOf(n);
    if (this.#numbers[place] !== n) return this.#others.delete(n);
    const wasThere = this.#values[place] !== undefined;
    this.#values[place] = undefined;
    return wasThere;
  }

  /** All numbers, at this moment. */
  keys(): readonly number[] {
    const placed = this.#numbers.filter((_, place) => this.#values[place] !== undefined);
    return [...this.#others.keys(), ...placed];
  }

  /** All values, at this moment. */
  values(): readonly V[] {
    return [...this.#others.values(), ...this.#values.filter((value) => value !== undefined)];
  }
}

/** Numbers may be larger than what bitwise operators take: those keep the lowest bits, which are all that is wanted. */
function placeOf(n: number): number {
  return n & (PLACES - 1);
}
