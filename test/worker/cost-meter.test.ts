import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { coreWaitMs } from '../../src/system/core-wait.ts';
import { CostMeter } from '../../src/worker/cost-meter.ts';

describe('CostMeter', () => {
  it('knows nothing before it has seen four connections', () => {
    const { meter, handle } = setUp();
    assert.equal(handle(3, { busyMs: 0.3 }), undefined);
    meter.count(1);
    assert.equal(round(meter.measure()), 0.075);
  });

  it('averages, the newest counting most', () => {
    const { handle } = setUp();
    assert.equal(handle(4, { busyMs: 0.4 }), 0.1);
    assert.equal(handle(4, { busyMs: 0.8 }), 0.14);
  });

  it('does not take the first sample of slow connections, and later ones less the wait for a core', () => {
    const { handle } = setUp();
    assert.equal(handle(4, { busyMs: 8, waitedMs: 6 }), undefined);
    assert.equal(handle(4, { busyMs: 8, waitedMs: 4 }), 1);
  });

  it('counts at least a quarter, since a process also waits for a core before it is busy', () => {
    const { handle } = setUp();
    handle(4, { busyMs: 8 });
    assert.equal(handle(4, { busyMs: 8, waitedMs: 30 }), 0.5);
  });

  it('takes slow ones as they are where the wait for a core cannot be told', () => {
    const { handle } = setUp({ hasWaits: false });
    assert.equal(handle(4, { busyMs: 8, waitedMs: 6 }), 2);
  });
});

describe('coreWaitMs', () => {
  it('reads the second figure', () => {
    const files: string[] = [];
    const read = (file: string): string => {
      files.push(file);
      return '5000000 2500000 7\n';
    };
    assert.equal(coreWaitMs(read), 2.5);
    assert.deepEqual(files, ['/proc/self/schedstat']);
  });

  it('gives nothing where there is nothing to read', () => {
    assert.equal(
      coreWaitMs(() => undefined),
      undefined,
    );
  });
});

interface Time {
  readonly busyMs: number;
  readonly waitedMs?: number;
}

function setUp({ hasWaits = true } = {}): {
  meter: CostMeter;
  handle: (connections: number, time: Time) => number | undefined;
} {
  let busy = 100;
  let waited = 50;
  const meter = new CostMeter({ busyMs: () => busy, coreWaitMs: () => (hasWaits ? waited : undefined) });
  return {
    meter,
    handle(connections, { busyMs, waitedMs = 0 }) {
      busy += busyMs;
      waited += waitedMs;
      meter.count(connections);
      return round(meter.measure());
    },
  };
}

function round(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(6));
}
