import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { CachedReports } from '../../src/ops/cached-reports.ts';
import { own } from '../../src/own.ts';
import { supervisorStatus } from '../cli/fake-status.ts';
import { FakeInstance, Gate } from './fake-instance.ts';

describe('CachedReports', () => {
  it('asks anew when what is known is older than a second', async (t) => {
    const clock = fakeClock(t);
    const { reports, instance } = makeReports();
    const { report } = await reports.brief();
    clock.nowMs += 1000;
    assert.equal((await reports.brief()).report, report);
    clock.nowMs += 1;
    assert.notEqual((await reports.brief()).report, report);
    assert.equal(instance.briefs(), 2);
  });

  it('counts the age from the question', async (t) => {
    const clock = fakeClock(t);
    const { reports, instance } = makeReports();
    const gate = new Gate<void>();
    instance.held = gate.opened;
    const first = reports.brief();
    clock.nowMs += 5000;
    const second = reports.brief();
    gate.open();
    assert.equal(await first, await second);
    assert.equal((await first).askedAtMs, 0);
    assert.equal(instance.briefs(), 1);
    await reports.brief();
    assert.equal(instance.briefs(), 2);
  });

  it('lets a silence serve as well, and keeps what was known last', async (t) => {
    const clock = fakeClock(t);
    const { reports, instance } = makeReports();
    const whole = await reports.whole();
    await reports.brief();
    clock.nowMs = 2000;
    instance.isSilent = true;
    for (let i = 0; i < 3; i += 1) await assert.rejects(reports.whole());
    assert.equal(instance.wholes(), 2);
    assert.equal(reports.last, whole);
    clock.nowMs = 4000;
    instance.isSilent = false;
    await reports.whole();
    assert.notEqual(reports.last, whole);
  });

  it('has the brief one for the last where there is no whole one', async (t) => {
    fakeClock(t);
    const { reports } = makeReports();
    assert.equal(reports.last, undefined);
    const known = await reports.brief();
    assert.equal(reports.last, known);
  });

  it('gives news that nobody knew, to all who want them at the same time', async (t) => {
    fakeClock(t);
    const { reports, instance } = makeReports();
    const known = await reports.brief();
    const [one, other] = await Promise.all([reports.news(), reports.news()]);
    assert.equal(one, other);
    assert.notEqual(one, known);
    assert.equal(await reports.brief(), one);
    assert.equal(instance.briefs(), 2);
  });

  it('forgets also what is just being asked', async (t) => {
    fakeClock(t);
    const { reports, instance } = makeReports();
    const gate = new Gate<void>();
    instance.held = gate.opened;
    const early = reports.brief();
    reports.forget();
    instance.status = supervisorStatus({ phase: 'stopping' });
    const late = reports.brief();
    gate.open();
    assert.equal((await late).report.status.phase, 'stopping');
    assert.equal((await early).report.status.phase, 'running');
    assert.equal(await reports.brief(), await late);
    assert.equal(reports.last, await late);
  });
});

function makeReports(): { reports: CachedReports; instance: FakeInstance } {
  const instance = new FakeInstance();
  return { instance, reports: new CachedReports(instance, 1000) };
}

function fakeClock(t: TestContext): { nowMs: number } {
  const { now } = own;
  const clock = { nowMs: 0 };
  Object.assign(own, { now: () => clock.nowMs });
  t.after(() => void Object.assign(own, { now }));
  return clock;
}
