import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import type { Report, SlotReport } from '../../src/api/operations.ts';
import { quantileMs, sampleOf } from '../../src/ops/sample-of.ts';
import { CELL_COUNT, CELLS, DURATION_BOUNDS, requestCell } from '../../src/protocol/numbers.ts';
import { workerStatus } from '../cli/fake-status.ts';
import { FakeInstance } from './fake-instance.ts';

const { status } = new FakeInstance();
const REPORT: Report = { ...(await new FakeInstance().report(false)), status: { ...status, slots: 2 } };

function slotOf(cells: Readonly<Record<number, number>>, ageMs: number | undefined = 10): SlotReport {
  const all = Array.from({ length: CELL_COUNT }, (_, index) => cells[index] ?? 0);
  return { slot: 0, ageMs, cells: all, restarts: {}, connections: [] };
}

describe('sampleOf()', () => {
  const ok = requestCell('GET', 200);
  const failed = requestCell('POST', 503);
  const at = (uptimeMs: number): Pick<Report, 'status'> => ({ status: { ...REPORT.status, uptimeMs } });
  // The clock is set back in between.
  const before = {
    ...REPORT,
    atMs: 9000,
    ...at(1000),
    slots: [slotOf({ [ok]: 10, [failed]: 1, [CELLS.cpuUser.at]: 1 })],
  };
  const after: Report = {
    ...REPORT,
    atMs: 3000,
    ...at(3000),
    primary: { ...REPORT.primary, cpuUserSeconds: 1.5, cpuSystemSeconds: 1.5 },
    listeners: [
      { name: 'a', accepted: 0, dropped: 0, waiting: 2 },
      { name: 'b', accepted: 0, dropped: 0, waiting: 3 },
    ],
    slots: [
      slotOf({
        [ok]: 30,
        [failed]: 5,
        [CELLS.cpuUser.at]: 2,
        [CELLS.cpuSystem.at]: 0.5,
        [CELLS.durations.at]: 24,
        [CELLS.inFlight.at]: 3,
        [CELLS.delayMax.at]: 0.25,
        [CELLS.memory.at]: 2 ** 21,
        [CELLS.openConnections.at]: 4,
      }),
    ],
  };

  it('tells what happened a second, and what there is', () => {
    const { primary, slots, waiting } = sampleOf(before, after);
    assert.equal(primary.cpu, 0.5);
    assert.equal(waiting, 5);
    assert.equal(slots.length, 2);
    const [first] = slots;
    assert.equal(first?.requestsPerSecond, 12);
    assert.equal(first.errorsPerSecond, 2);
    assert.equal(first.inFlight, 3);
    assert.equal(first.cpu, 0.75);
    assert.equal(first.loopDelayMs, 250);
    assert.equal(first.memoryMb, 2);
    assert.equal(first.openConnections, 4);
    assert.equal(first.p99Ms?.toFixed(2), '4.95');
  });

  it('tells whether there is a fleet', () => {
    assert.equal(sampleOf(before, after).isInFleet, undefined);
    assert.equal(sampleOf(before, { ...after, isInFleet: true }).isInFleet, true);
  });

  it('has a line of the error by which a worker has ended', () => {
    const stack = `/srv/app.js:3\nlet let\n    ^^^\n\nSyntaxError: let ${'x'.repeat(1000)}\n    at main`;
    const lastEnd = { atMs: 1, reason: { kind: 'uncaught', error: stack } } as const;
    const workers = [workerStatus({ lastEnd }), workerStatus({ slot: 1 })];
    const { status: brief } = sampleOf(before, { ...after, status: { ...after.status, workers } });
    assert.deepEqual(brief.workers[0]?.lastEnd, {
      atMs: 1,
      reason: { kind: 'uncaught', error: `SyntaxError: let ${'x'.repeat(483)}` },
    });
    assert.deepEqual(brief.workers[1], workers[1]);
  });

  it('knows nothing of a slot without numbers', () => {
    const [, second] = sampleOf(before, after).slots;
    assert.deepEqual(second, {
      slot: 1,
      ageMs: null,
      requestsPerSecond: 0,
      errorsPerSecond: 0,
      inFlight: 0,
      p99Ms: null,
      utilization: null,
      loopDelayMs: null,
      cpu: null,
      memoryMb: null,
      heapUsedMb: null,
      heapLimitMb: null,
      openConnections: 0,
    });
  });

  it('is never below nothing, even where time stands still', () => {
    const { primary, slots } = sampleOf({ ...after, ...at(3000) }, { ...before, ...at(3000) });
    assert.equal(primary.cpu, 0);
    assert.deepEqual([slots[0]?.requestsPerSecond, slots[0]?.cpu, slots[0]?.p99Ms], [0, 0, null]);
  });
});

describe('quantileMs()', () => {
  const LENGTH = DURATION_BOUNDS.length + 1;
  const buckets = (counts: Readonly<Record<number, number>>): number[] =>
    Array.from({ length: LENGTH }, (_, index) => counts[index] ?? 0);

  it('knows nothing of nothing', () => {
    assert.equal(quantileMs([], 0.5), null);
    assert.equal(quantileMs(buckets({}), 0.99), null);
  });

  it('shares a bucket out evenly', () => {
    assert.equal(quantileMs(buckets({ 5: 4 }), 0.5), 87.5);
    assert.equal(quantileMs(buckets({ 0: 2, 5: 2 }), 0.75), 87.5);
    assert.equal(quantileMs(buckets({ 0: 50, 8: 50 }), 0.5), 5);
  });

  it('gives the beginning of the last bucket, which has no end', () => {
    assert.equal(quantileMs(buckets({ [LENGTH - 1]: 3 }), 0.99), 10_000);
    assert.equal(quantileMs(buckets({ [LENGTH - 1]: 3 }), 1), 10_000);
  });

  it('lies in a bucket that has any, and grows with the quantile', () => {
    const anyCounts = fc.array(fc.nat(50), { minLength: LENGTH, maxLength: LENGTH });
    fc.assert(
      fc.property(anyCounts, fc.double({ min: 0.001, max: 1, noNaN: true }), (counts, quantile) => {
        const found = quantileMs(counts, quantile);
        if (counts.every((count) => count === 0)) return assert.equal(found, null);
        assert(found !== null);
        const isIn = counts.some((count, index) => {
          const from = 1000 * (DURATION_BOUNDS[index - 1] ?? 0);
          const to = 1000 * (DURATION_BOUNDS[index] ?? 10);
          return count > 0 && found >= from - 1e-6 && found <= to + 1e-6;
        });
        assert(isIn, `${found}`);
        assert((quantileMs(counts, quantile / 2) ?? 0) <= found);
      }),
    );
  });
});
