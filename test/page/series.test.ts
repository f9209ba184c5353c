import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { chartText, medianLine, METRICS, seriesOf, STEP_SECONDS, valuesAt } from '../../page/model/series.js';
import { AT_MS, historyOf, sampleOf } from './fake-instance.ts';

const [REQUESTS, P99, DELAY, MEMORY] = METRICS;
assert(REQUESTS && P99 && DELAY && MEMORY);

/** A time at which a step begins. */
const START_MS = Math.ceil(AT_MS / 1000 / STEP_SECONDS) * STEP_SECONDS * 1000;

describe('seriesOf', () => {
  it('has a line for each slot, and a point for the seconds of a step', () => {
    const samples = [10, 20, 30, 40, 50, 70].map((requestsPerSecond, second) =>
      sampleOf({
        count: 2,
        atMs: START_MS + second * 1000,
        slots: {
          0: { requestsPerSecond, p99Ms: requestsPerSecond },
          1: { requestsPerSecond: 5, p99Ms: null },
        },
      }),
    );
    const series = seriesOf(samples, REQUESTS);
    assert.deepEqual(series.times, [START_MS / 1000, START_MS / 1000 + STEP_SECONDS]);
    assert.deepEqual(series.lines, [
      [30, 70],
      [5, 5],
    ]);
    assert.deepEqual(series.latest, [70, 5]);
    // Of delays the worst, and nothing where there was none.
    assert.deepEqual(seriesOf(samples, P99).lines, [
      [50, 70],
      [null, null],
    ]);
  });

  it('has a gap where there was no sample', () => {
    const samples = [0, 4 * STEP_SECONDS].map((second) =>
      sampleOf({ count: 1, atMs: START_MS + second * 1000 }),
    );
    assert.deepEqual(seriesOf(samples, MEMORY).lines, [[96.3, null, 96.3]]);
  });

  it('has a gap where a worker is silent, and one before its slot was there', () => {
    const samples = [
      sampleOf({ count: 1, atMs: START_MS }),
      sampleOf({ count: 2, atMs: START_MS + STEP_SECONDS * 1000, slots: { 0: { ageMs: 12_000 } } }),
    ];
    assert.deepEqual(seriesOf(samples, DELAY).lines, [
      [2.4, null],
      [null, 2.4],
    ]);
  });

  it('goes on where the clock was set back', () => {
    const samples = [START_MS, START_MS - 60_000].map((atMs) => sampleOf({ count: 1, atMs }));
    assert.deepEqual(seriesOf(samples, MEMORY).times, [START_MS / 1000]);
  });
});

describe('what is said of a chart', () => {
  it('is each slot, of few', () => {
    const series = seriesOf([sampleOf({ count: 2, slots: { 1: { memoryMb: null } } })], MEMORY);
    assert.equal(
      chartText(MEMORY, series),
      'Memory, MiB, over the last 15 minutes; the latest: slot 0: 96; slot 1: –',
    );
  });

  it('is the middle and the ends, of many', () => {
    const slots = Object.fromEntries(
      Array.from({ length: 64 }, (_, slot) => [slot, { memoryMb: 100 + slot }]),
    );
    const series = seriesOf([sampleOf({ count: 64, slots })], MEMORY);
    assert.deepEqual(
      valuesAt(series).map(({ name, value }) => `${name}: ${value}`),
      ['median: 132', 'highest, slot 63: 163', 'lowest, slot 0: 100'],
    );
    assert.match(chartText(MEMORY, series), /; the latest of 64 slots: median: 132; /);
    assert.deepEqual(medianLine(series), [131.5]);
  });

  it('is what it was at another time', () => {
    const series = seriesOf(historyOf(60, { count: 1, slots: { 0: { memoryMb: 42 } } }), MEMORY);
    assert.deepEqual(valuesAt(series, 0), [{ name: 'slot 0', value: '42', color: 0 }]);
  });

  it('is that there is nothing yet', () => {
    assert.match(chartText(REQUESTS, seriesOf([], REQUESTS)), /no numbers yet/);
  });
});
