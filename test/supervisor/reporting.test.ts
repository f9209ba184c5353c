import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Supervision } from '../../src/api/supervision.ts';
import { History } from '../../src/supervisor/history.ts';
import { ProgramMetrics } from '../../src/supervisor/program-metrics.ts';
import { Reporting } from '../../src/supervisor/reporting.ts';
import type { ReportingOptions } from '../../src/supervisor/reporting.ts';
import { supervisorStatus } from '../cli/fake-status.ts';
import { until } from '../support/load.ts';

interface Made {
  readonly reporting: Reporting;
  readonly history: History;
  /** Whether workers were told to count, in order. */
  readonly told: readonly boolean[];
}

function make(t: TestContext, options: Partial<ReportingOptions> = {}): Made {
  const told: boolean[] = [];
  const history = new History();
  const supervision: Partial<Supervision> = {
    count: (isOn) => void (told.at(-1) !== isOn && told.push(isOn)),
    numbers: () => ({
      slots: [{ slot: 1, ageMs: 3, cells: [7], connections: [] }],
      listeners: [{ name: 'tcp://a:1', accepted: 4, dropped: 0, waiting: 1 }],
    }),
  };
  const reporting = new Reporting({
    supervision: supervision as Supervision,
    history,
    programs: new ProgramMetrics(),
    status: () => supervisorStatus({ workers: [] }),
    policy: () => 'rr',
    isInFleet: () => false,
    isAlwaysOn: false,
    ...options,
  });
  t.after(() => reporting.close());
  return { reporting, history, told };
}

describe('Reporting', () => {
  it('has workers count from the first report on, until nobody has wanted one for a while', async (t) => {
    const { reporting, told } = make(t, { leaseMs: 100 });
    assert.deepEqual(told, []);
    await reporting.report(false);
    assert.deepEqual(told, [true]);
    await until('the end of the lease', () => told.length === 2);
    assert.deepEqual(told, [true, false]);
    await reporting.report(false);
    assert.deepEqual(told, [true, false, true]);
  });

  it('goes on for as long as somebody reads', async (t) => {
    const { reporting, told } = make(t, { leaseMs: 600_000 });
    await reporting.report(false);
    await reporting.report(true);
    assert.deepEqual(told, [true]);
  });

  it('counts from the start where it always does, and no longer once the supervisor has ended', async (t) => {
    const { reporting, told } = make(t, { isAlwaysOn: true, leaseMs: 1 });
    assert.deepEqual(told, [true]);
    await reporting.report(false);
    // A timer for the end of a lease would come before this one.
    await sleep(20);
    assert.deepEqual(told, [true]);
    reporting.close();
    assert.deepEqual(told, [true, false]);
  });

  it('has nobody count for a supervisor that has ended', async (t) => {
    const { reporting, told } = make(t, { leaseMs: 1 });
    reporting.close();
    await reporting.report(false);
    assert(!told.includes(true));
  });

  it('tells of slots that are known in whatever way', async (t) => {
    const { reporting, history } = make(t);
    history.lost(3, { kind: 'exit', code: 1 });
    history.reloadEnded({ verdict: 'failed', generation: 1, tookMs: 1500 });
    const report = await reporting.report(false);
    assert.deepEqual(report.slots, [
      { slot: 1, ageMs: 3, cells: [7], connections: [], restarts: {} },
      { slot: 3, ageMs: undefined, cells: [], connections: [], restarts: { exit: 1 } },
    ]);
    assert.deepEqual(report.listeners, [{ name: 'tcp://a:1', accepted: 4, dropped: 0, waiting: 1 }]);
    assert.equal(report.program, undefined);
    assert.deepEqual(report.primary.reloads, { done: 0, failed: 1 });
    assert.equal(report.primary.lastReloadSeconds, 1.5);
    assert(report.primary.memoryBytes > 1e6);
  });

  it("tells how long the primary's event loop was held up", async (t) => {
    const { reporting } = make(t, { isAlwaysOn: true });
    const untilMs = performance.now() + 300;
    while (performance.now() < untilMs);
    await until('it has looked', async () => {
      const { primary } = await reporting.report(false);
      return primary.loopDelaySeconds >= 0.2;
    });
  });
});
