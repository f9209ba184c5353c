import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { inRoot } from '../support/paths.ts';

interface Found {
  readonly violations: readonly { readonly what: string }[];
  readonly tenures: number;
  readonly steps: number;
}
interface Storm {
  readonly storm: (options: object) => Found;
}

const { storm } = (await import(pathToFileURL(inRoot('bench/fleet/storm.js')).href)) as Storm;

/** Answers that are often late, for what only they bring to light. */
const LATE = { loss: 0.005, late: 0.15, rateError: 0.02, stepFails: 0.03 };

/** A driver's orders that arrive when it has long gone. */
const LATE_ORDERS = { loss: 0.005, late: 0.01, rateError: 0.02, stepFails: 0.03, lateOrders: 0.8 };

/** What each planted fault must be found by, within so many seeds. */
const PLANTED = [
  { plant: 'noDemotion', what: 'two holders at once', seeds: 10 },
  { plant: 'noGrace', what: 'two holders at once', seeds: 20 },
  { plant: 'noEpoch', what: 'the same term twice', seeds: 20 },
  { plant: 'fromAnswer', what: 'two holders at once', seeds: 60, callMs: 6000, faults: LATE },
  { plant: 'forgetsOut', what: 'too many hosts down', seeds: 30 },
  { plant: 'noFence', what: 'too many hosts down', seeds: 40, faults: LATE_ORDERS },
] as const;

describe('a simulated fleet', () => {
  it('holds what it must in storms, and something happens in them', () => {
    const founds = Array.from({ length: 10 }, (_, index) => storm({ seed: index + 1, hosts: 10 }));
    assert.deepEqual(
      founds.flatMap(({ violations }) => violations),
      [],
    );
    assert.ok(founds.some(({ tenures }) => tenures > 10));
    assert.ok(founds.some(({ steps }) => steps > 10));
  });

  it('holds it also where messages are late as where faults are planted', () => {
    for (const options of [{ faults: LATE_ORDERS }, { faults: LATE, callMs: 6000 }]) {
      for (let seed = 1; seed <= 10; seed += 1)
        assert.deepEqual(storm({ seed, hosts: 10, ...options }).violations, []);
    }
  });

  it('goes the same way with the same seed', () => {
    const options = { seed: 3, hosts: 10, seconds: 100 };
    assert.deepEqual(storm(options), storm(options));
  });

  for (const { plant, what, seeds, ...options } of PLANTED) {
    it(`finds within ${seeds} seeds that a protocol is broken: ${plant}`, () => {
      const isFound = Array.from({ length: seeds }, (_, index) => index + 1).some((seed) =>
        storm({ seed, hosts: 10, plants: { [plant]: true }, ...options }).violations.some(
          (violation) => violation.what === what,
        ),
      );
      assert.ok(isFound);
    });
  }
});
