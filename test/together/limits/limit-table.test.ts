import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { limitMs } from '../../support/limits.ts';
import { LimitTable } from '../../../src/together/limits/limit-table.ts';
import type { AddOptions, LimitCount } from '../../../src/together/limits/limit-table.ts';

const PER_MS = 100;
const TERMS = { points: 5, perMs: PER_MS };
const NONE: LimitCount = { taken: 0, endsAtMs: undefined, isFirst: false };

/** What each key has had, looked at by itself. */
class NaiveTable {
  readonly #windows = new Map<string, { endsAtMs: number; taken: number }>();

  get size(): number {
    return this.#windows.size;
  }

  /** Nothing that is over is kept. */
  passTo(nowMs: number): void {
    for (const [key, { endsAtMs }] of this.#windows) if (endsAtMs <= nowMs) this.#windows.delete(key);
  }

  add(key: string, count: number, nowMs: number, options: AddOptions): LimitCount {
    const { forMs = PER_MS, blockMs = 0, isSigned = false } = options;
    const known = this.#windows.get(key);
    if (!known && count <= 0 && !isSigned) return NONE;
    const taken = (known?.taken ?? 0) + count;
    const crosses = taken > TERMS.points && taken - count <= TERMS.points;
    if (blockMs > 0 && crosses) return this.set(key, taken, nowMs, blockMs);
    if (!known) return this.set(key, taken, nowMs, forMs);
    known.taken = isSigned || taken > 0 ? taken : 0;
    return { ...known, isFirst: false };
  }

  set(key: string, taken: number, nowMs: number, forMs: number): LimitCount {
    const begun = { endsAtMs: forMs === 0 ? Infinity : nowMs + forMs, taken };
    this.#windows.set(key, begun);
    return { ...begun, isFirst: true };
  }

  get(key: string): LimitCount {
    const known = this.#windows.get(key);
    return known ? { ...known, isFirst: false } : NONE;
  }

  reset(key: string): void {
    this.#windows.delete(key);
  }

  clear(): void {
    this.#windows.clear();
  }
}

describe('LimitTable', () => {
  it('counts as one does that looks at each key by itself', () => {
    const durations = fc.constantFrom(undefined, 0, 50, 150);
    const step = fc.record({
      deed: fc.constantFrom('add', 'add', 'add', 'set', 'get', 'reset', 'clear', 'sweep'),
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      count: fc.integer({ min: -3, max: 5 }),
      forMs: durations,
      blockMs: durations,
      isSigned: fc.boolean(),
      afterMs: fc.integer({ min: 0, max: 80 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new LimitTable(TERMS);
        const naive = new NaiveTable();
        let nowMs = 0;
        for (const { deed, key, count, afterMs, isSigned, ...durationsOf } of steps) {
          nowMs += afterMs;
          naive.passTo(nowMs);
          const options = withoutUndefined({ ...durationsOf, isSigned });
          const { forMs = PER_MS } = options;
          if (deed === 'add')
            assert.deepEqual(table.add(key, count, nowMs, options), naive.add(key, count, nowMs, options));
          else if (deed === 'set')
            assert.deepEqual(table.set(key, count, nowMs, forMs), naive.set(key, count, nowMs, forMs));
          else if (deed === 'get') assert.deepEqual(table.get(key, nowMs), naive.get(key));
          else if (deed === 'sweep') {
            table.sweep(nowMs);
            assert.equal(table.size, naive.size);
          } else if (deed === 'clear') {
            table.clear();
            naive.clear();
          } else {
            table.reset(key);
            naive.reset(key);
          }
          assert(table.size >= naive.size);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('ends a window so long after its first point, whatever is taken meanwhile', () => {
    const table = new LimitTable(TERMS);
    assert.deepEqual(table.add('a', 1, 10), { taken: 1, endsAtMs: 110, isFirst: true });
    assert.deepEqual(table.add('a', 9, 109), { taken: 10, endsAtMs: 110, isFirst: false });
    assert.deepEqual(table.get('a', 110), NONE);
    assert.equal(table.size, 0);
  });

  it('takes nothing by asking', () => {
    const table = new LimitTable(TERMS);
    assert.deepEqual(table.get('a', 0), NONE);
    assert.deepEqual(table.add('a', 0, 0), NONE);
    assert.equal(table.size, 0);
  });

  it('forgets by the way what is over, a few at a time', () => {
    const table = new LimitTable(TERMS);
    for (let i = 0; i < 1000; i += 1) table.add(`old ${i}`, 1, 0);
    for (let i = 0; i < 100; i += 1) table.add(`new ${i}`, 1, PER_MS);
    assert.equal(table.size, 100);
    for (let i = 0; i < 1000; i += 1) table.add(`later ${i}`, 1, 2 * PER_MS - 1);
    table.add('one', 1, 3 * PER_MS);
    assert(table.size > 900, 'not all at once');
    assert.equal(table.sweep(3 * PER_MS, 500), 500);
  });

  it('counts no further than whole numbers go, and blocks but once by then', () => {
    const table = new LimitTable(TERMS);
    const most = Number.MAX_SAFE_INTEGER;
    const options = { blockMs: 50, isSigned: true };
    assert.deepEqual(table.add('a', 1e308, 0, options), { taken: most, endsAtMs: 50, isFirst: true });
    assert.deepEqual(table.add('a', 1e308, 10, options), { taken: most, endsAtMs: 50, isFirst: false });
    assert.equal(table.add('a', -1e308, 10, options).taken, -most);
    assert.equal(table.set('a', 1e308, 10, 0).taken, most);
  });

  it('takes no longer for windows each of which lasts another time', () => {
    const table = new LimitTable(TERMS);
    const startMs = performance.now();
    for (let i = 0; i < 50_000; i += 1) table.add(`key ${i}`, 1, 0, { forMs: 100 + i });
    for (let i = 0; i < 50_000; i += 1) table.add('another', 1, 0, { forMs: 200_000 + i });
    assert(performance.now() - startMs < limitMs(5000));
    assert.equal(table.size, 50_001);
    assert.equal(table.sweep(50_099, Infinity), 50_000);
  });

  it('has so many keys at most: forgets the window that ends first, and tells', () => {
    let told = 0;
    const table = new LimitTable(TERMS, 2, () => (told += 1));
    table.add('a', 1, 0);
    table.set('b', 1, 1, 10);
    table.add('a', 1, 2);
    table.add('c', 1, 3);
    assert.deepEqual([table.size, told], [2, 1]);
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => table.get(key, 4).taken),
      [2, 0, 1],
    );
    // What is over makes room, and nothing is to be told.
    table.add('d', 1, PER_MS);
    assert.deepEqual([table.size, told], [2, 1]);
    assert.equal(table.get('c', PER_MS).taken, 1);
  });
});

function withoutUndefined(options: Readonly<Record<string, unknown>>): AddOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
