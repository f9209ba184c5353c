import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import {
  CELL_COUNT,
  CELLS,
  combine,
  DURATION_BOUNDS,
  durationCell,
  listenerCells,
  METHODS,
  requestCell,
  retire,
  STATUS_CLASSES,
} from '../../src/protocol/numbers.ts';

const COUNTERS = Object.values(CELLS).filter(({ mode }) => mode === 'count');

function cellsOf(values: Partial<Record<keyof typeof CELLS, number>>): number[] {
  const cells = Array.from({ length: CELL_COUNT }, () => 0);
  for (const [name, value] of Object.entries(values)) cells[CELLS[name as keyof typeof CELLS].at] = value;
  return cells;
}

/** A worker writes to a cell, another one begins beside it, or the oldest one ends. */
type Deed =
  | { type: 'write'; worker: number; cell: number; by: number }
  | { type: 'begin' }
  | { type: 'end'; worker: number };

const anyDeed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('write' as const),
      worker: fc.nat(5),
      cell: fc.nat(CELL_COUNT - 1),
      by: fc.nat(1000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: 'begin' as const }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('end' as const), worker: fc.nat(5) }) },
);

describe('the cells', () => {
  it('fit in a page, and none is two things', () => {
    const taken = Object.values(CELLS).flatMap(({ at, length }) =>
      Array.from({ length }, (_, index) => at + index),
    );
    assert.equal(new Set(taken).size, taken.length);
    assert(Math.max(...taken) < CELL_COUNT);
    assert.equal(CELL_COUNT * Float64Array.BYTES_PER_ELEMENT, 4096);
  });

  it('are found by method and class of status, whatever those are', () => {
    for (const [row, method] of METHODS.entries()) {
      for (const column of STATUS_CLASSES.keys()) {
        const cell = requestCell(method, (column + 1) * 100 + 4);
        assert.equal(cell, CELLS.requests.at + row * STATUS_CLASSES.length + column);
      }
    }
    const other = CELLS.requests.at + (METHODS.length - 1) * STATUS_CLASSES.length;
    for (const method of ['PROPFIND', '', undefined, 'constructor', '__proto__', 'get'])
      assert.equal(requestCell(method, 204), other + 1);
    assert.equal(requestCell('GET', 999), CELLS.requests.at + 4);
    assert.equal(requestCell('GET', 42), CELLS.requests.at);
  });

  it('are found by duration: a bound is the last of its own', () => {
    for (const [index, bound] of DURATION_BOUNDS.entries()) {
      assert.equal(durationCell(bound), CELLS.durations.at + index);
      assert.equal(durationCell(bound + 1e-9), CELLS.durations.at + index + 1);
    }
    assert.equal(durationCell(0), CELLS.durations.at);
    assert.equal(durationCell(1e9), CELLS.durations.at + CELLS.durations.length - 1);
  });
});

describe('combine()', () => {
  it('makes one of several, each number in its way', () => {
    const older = cellsOf({ writtenAtMs: 5, cpuUser: 1, memory: 10, delayMax: 3, utilization: 0.5 });
    const younger = cellsOf({ writtenAtMs: 4, cpuUser: 2, memory: 20, delayMax: 2, utilization: 0.1 });
    const retired = cellsOf({ cpuUser: 100 });
    const cells = combine(retired, [older, younger]);
    assert.equal(cells[CELLS.cpuUser.at], 103);
    assert.equal(cells[CELLS.memory.at], 30);
    assert.equal(cells[CELLS.delayMax.at], 3);
    assert.equal(cells[CELLS.utilization.at], 0.1);
    assert.equal(cells[CELLS.writtenAtMs.at], 4);
  });

  it('takes what only one can have from the youngest that has written', () => {
    const older = cellsOf({ writtenAtMs: 5, utilization: 0.5 });
    const cells = combine(undefined, [older, cellsOf({}), []]);
    assert.equal(cells[CELLS.utilization.at], 0.5);
    assert.equal(cells[CELLS.writtenAtMs.at], 5);
  });

  it('knows of no worker only what those that are gone have counted', () => {
    const last = cellsOf({ writtenAtMs: 5, connections: 7, openConnections: 3, inFlight: 2, memory: 1 });
    const cells = combine(retire(undefined, last), []);
    assert.deepEqual(
      cells.slice(0, CELLS.listeners.at),
      cellsOf({ connections: 7 }).slice(0, CELLS.listeners.at),
    );
  });

  it('lets no counter fall, whoever writes, begins or ends', () => {
    fc.assert(
      fc.property(fc.array(anyDeed, { maxLength: 200 }), (deeds) => {
        const living: number[][] = [];
        let retired: number[] | undefined;
        let before = combine(retired, living);
        for (const deed of deeds) {
          const index = deed.type === 'begin' ? 0 : deed.worker % Math.max(1, living.length);
          const cells = living[index];
          if (deed.type === 'begin') living.push(cellsOf({}));
          else if (cells && deed.type === 'write') cells[deed.cell] = (cells[deed.cell] ?? 0) + deed.by;
          else if (cells) {
            retired = retire(retired, cells);
            living.splice(index, 1);
          }
          const after = combine(retired, living);
          for (const { at, length } of COUNTERS) {
            for (let cell = at; cell < at + length; cell += 1) {
              const [was = 0, is = 0] = [before[cell], after[cell]];
              if (deed.type === 'write') assert(is >= was, `${cell} fell from ${was} to ${is}`);
              else assert.equal(is, was);
            }
          }
          before = after;
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('listenerCells()', () => {
  it('gives those of listeners that there are', () => {
    const cells = cellsOf({});
    cells.splice(CELLS.listeners.at, 6, 7, 20, 3, 9, 1, 0);
    assert.deepEqual(listenerCells(cells), [
      { listener: 7, accepted: 20, open: 3 },
      { listener: 9, accepted: 1, open: 0 },
    ]);
    assert.deepEqual(listenerCells([]), []);
  });
});
