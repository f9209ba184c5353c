import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { INITIAL_SERVICE, servicePlanOf, serviceStep } from '../../src/core/service-messages.ts';
import type { ServiceEvent, ServiceMessage } from '../../src/core/service-messages.ts';

const FULL = { ready: 2, slots: 2, generation: 0 };
const STATUS = 'STATUS=2 of 2 ready, generation 0';
const READY: ServiceEvent = { type: 'ready' };
const RELOAD: ServiceEvent = { type: 'reload-started', monotonicUs: 12n };

function messages(events: readonly ServiceEvent[], pool = FULL): ServiceMessage[] {
  const told: ServiceMessage[] = [];
  let state = INITIAL_SERVICE;
  for (const event of events) {
    const step = serviceStep(state, event, pool);
    state = step.state;
    if (step.message) told.push(step.message);
  }
  return told;
}

describe('serviceStep', () => {
  it('says READY=1 once, and a sentence only where it is another', () => {
    assert.deepEqual(messages([READY, READY, { type: 'changed' }]), [['READY=1', STATUS]]);
  });

  it('says both ends of a reload, and when it began', () => {
    assert.deepEqual(messages([READY, RELOAD, { type: 'reload-done' }]).slice(1), [
      ['RELOADING=1', 'MONOTONIC_USEC=12', STATUS],
      ['READY=1', STATUS],
    ]);
  });

  it('says READY=1 after a reload that was the end of the start', () => {
    assert.deepEqual(messages([RELOAD, { type: 'reload-done' }]), [['READY=1', STATUS]]);
  });

  it('says why a reload has failed, in one line, until the next one', () => {
    const told = messages([
      READY,
      RELOAD,
      { type: 'reload-failed', reason: 'x\nSTOPPING=1\u2028\0y' },
      { type: 'changed' },
      RELOAD,
    ]);
    assert.deepEqual(told.slice(2), [
      ['READY=1', 'STATUS=Reload failed: x STOPPING=1 y'],
      [`${STATUS}; the last reload failed: x STOPPING=1 y`],
      ['RELOADING=1', 'MONOTONIC_USEC=12', STATUS],
    ]);
  });

  it('says nothing but that it needs time once it stops', () => {
    const stop = messages([READY, { type: 'stopping' }, READY, RELOAD, { type: 'draining' }]).slice(1);
    assert.deepEqual(stop, [
      ['STOPPING=1', 'EXTEND_TIMEOUT_USEC=5000000', STATUS],
      ['EXTEND_TIMEOUT_USEC=5000000', STATUS],
    ]);
  });
});

describe('servicePlanOf', () => {
  it('halves the time of the watchdog, where this process is watched', () => {
    const env = { NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '3000000' };
    assert.deepEqual(servicePlanOf(env, 7), { socket: '@x', aliveMs: 1500 });
    assert.equal(servicePlanOf({ ...env, WATCHDOG_PID: '7' }, 7)?.aliveMs, 1500);
    assert.equal(servicePlanOf({ ...env, WATCHDOG_PID: '8' }, 7)?.aliveMs, undefined);
    assert.equal(servicePlanOf({ ...env, WATCHDOG_USEC: '0' }, 7)?.aliveMs, undefined);
  });

  it('is nothing where nobody wants to hear, or in a way that is not known', () => {
    assert.equal(servicePlanOf({}, 7), undefined);
    assert.equal(servicePlanOf({ NOTIFY_SOCKET: 'vsock:2:1234' }, 7), undefined);
  });
});
