import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { LimitTable } from '../../../src/together/limits/limit-table.ts';

const PER_MS = 100;

/** What a key has had: each point by itself. */
class NaiveTable {
  readonly #windows = new Map<string, { endsAtMs: number; taken: number }>();

  add(key: string, count: number, nowMs: number): number {
    const known = this.#windows.get(key);
    if (known && known.endsAtMs > nowMs) {
      known.taken = Math.max(0, known.taken + count);
      return known.taken;
    }
    this.#windows.delete(key);
    if (count <= 0) return 0;
    this.#windows.set(key, { endsAtMs: nowMs + PER_MS, taken: count });
    return count;
  }

  reset(key: string): void {
    this.#windows.delete(key);
  }
}

describe('LimitTable', () => {
  it('counts as one does that looks at each key by itself', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      count: fc.option(fc.integer({ min: -3, max: 5 })),
      afterMs: fc.integer({ min: 0, max: 80 }),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const table = new LimitTable({ perMs: PER_MS });
        const naive = new NaiveTable();
        let nowMs = 0;
        for (const { key, count, afterMs } of steps) {
          nowMs += afterMs;
          if (count === null) {
            table.reset(key);
            naive.reset(key);
          } else {
            assert.equal(table.add(key, count, nowMs).taken, naive.add(key, count, nowMs));
          }
        }
      }),
    );
  });

  it('ends a window so long after its first point, whatever is taken meanwhile', () => {
    const table = new LimitTable({ perMs: PER_MS });
    assert.deepEqual(table.add('a', 1, 10), { taken: 1, endsAtMs: 110 });
    assert.deepEqual(table.add('a', 9, 109), { taken: 10, endsAtMs: 110 });
    assert.deepEqual(table.get('a', 110), { taken: 0, endsAtMs: undefined });
    assert.equal(table.size, 0);
  });

  it('takes nothing by asking', () => {
    const table = new LimitTable({ perMs: PER_MS });
    assert.deepEqual(table.get('a', 0), { taken: 0, endsAtMs: undefined });
    assert.deepEqual(table.add('a', 0, 0), { taken: 0, endsAtMs: undefined });
    assert.equal(table.size, 0);
  });

  it('has so many keys at most, and forgets the window that ends first', () => {
    const table = new LimitTable({ perMs: PER_MS }, 2);
    table.add('a', 1, 0);
    table.add('b', 1, 1);
    table.add('a', 1, 2);
    table.add('c', 1, 3);
    assert.equal(table.size, 2);
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => table.get(key, 4).taken),
      [0, 1, 1],
    );
  });
});
