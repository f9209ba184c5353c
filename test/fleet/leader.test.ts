import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { MemoryEngine } from '../../packages/fleet/src/engine/memory-engine.ts';
import { TTL_MS } from '../../packages/fleet/src/fleet-engine.ts';
import { holdLeaseBy, type Lease } from '../../packages/fleet/src/leader.ts';
import { compareTerms, type Term } from '../../packages/fleet/src/protocol/term.ts';
import { MemoryFleet } from './memory-fleet.ts';

class Program {
  readonly engine: MemoryEngine;
  readonly lease: Lease;
  readonly said: string[] = [];
  readonly terms: Term[] = [];
  signal: AbortSignal | undefined;

  constructor(fleet: MemoryFleet) {
    this.engine = fleet.store.connect();
    this.lease = holdLeaseBy(fleet.runtime, {
      engine: this.engine,
      fleet: 'shop',
      name: 'nightly',
      onHeld: (term, signal) => {
        this.said.push('held');
        this.terms.push(term);
        this.signal = signal;
      },
      onLost: (reason) => this.said.push(reason),
    });
  }
}

async function two(): Promise<{ fleet: MemoryFleet; first: Program; second: Program }> {
  const fleet = new MemoryFleet();
  const first = new Program(fleet);
  await fleet.passUntil(() => first.lease.isHeld);
  return { fleet, first, second: new Program(fleet) };
}

describe('holdLease', () => {
  it('is held by one, for as long as that one renews it', async () => {
    const { fleet, first, second } = await two();
    await fleet.pass(60_000);
    assert.deepEqual([first.said, second.said], [['held'], []]);
    assert.deepEqual([first.lease.isHeld, second.lease.isHeld], [true, false]);
    assert.equal(first.signal?.aborted, false);
    await fleet.outcome(Promise.all([first.lease.release(), second.lease.release()]));
  });

  it('goes to the next one when it is released, with a greater term', async () => {
    const { fleet, first, second } = await two();
    await fleet.pass(1000);
    await fleet.outcome(first.lease.release());
    assert.equal(first.signal?.aborted, true);
    assert.deepEqual(first.said, ['held', 'released']);
    await fleet.pass(4000);
    assert.equal(second.lease.isHeld, true);
    assert.ok(compareTerms(first.terms[0]!, second.terms[0]!) < 0);
    await fleet.outcome(second.lease.release());
  });

  it('is given up by one that is cut off, before another has it', async () => {
    const { fleet, first, second } = await two();
    first.engine.setReachable(false);
    await fleet.passUntil(() => !first.lease.isHeld);
    assert.equal(second.lease.isHeld, false);
    await fleet.pass(100);
    assert.deepEqual([first.signal?.aborted, first.said], [true, ['held', 'not renewed in time']]);
    await fleet.passUntil(() => second.lease.isHeld, 10_000);
    first.engine.setReachable(true);
    await fleet.pass(20_000);
    assert.equal(first.lease.isHeld, false);
    await fleet.outcome(Promise.all([first.lease.release(), second.lease.release()]));
  });

  it('has the next holder within a TTL and a second, whenever one dies', async () => {
    const { fleet, ...programs } = await two();
    let { first: holder, second: next } = programs;
    const tookMs: number[] = [];
    for (let passedMs = 0; passedMs < 6000; passedMs += 300) {
      await fleet.pass(passedMs);
      holder.engine.setReachable(false);
      const diedMs = fleet.clock.nowMs();
      await fleet.passUntil(() => next.lease.isHeld);
      tookMs.push(fleet.clock.nowMs() - diedMs);
      await fleet.outcome(holder.lease.release());
      [holder, next] = [next, new Program(fleet)];
    }
    assert.ok(Math.max(...tookMs) <= TTL_MS + 1000, String(tookMs));
    await fleet.outcome(Promise.all([holder.lease.release(), next.lease.release()]));
  });

  it('has a greater term after the engine has forgotten everything', async () => {
    const { fleet, first, second } = await two();
    fleet.store.restart();
    await fleet.passUntil(() => !first.lease.isHeld);
    await fleet.passUntil(() => first.lease.isHeld || second.lease.isHeld);
    const latest = first.lease.term ?? second.lease.term;
    assert.ok(latest && compareTerms(first.terms[0]!, latest) < 0);
    await fleet.outcome(Promise.all([first.lease.release(), second.lease.release()]));
  });

  it('takes no wrong names', () => {
    const engine = new MemoryFleet().store.connect();
    for (const names of [
      { fleet: 'a.b', name: 'x' },
      { fleet: 'shop', name: 'x y' },
    ]) {
      assert.throws(
        () => holdLeaseBy(new MemoryFleet().runtime, { engine, ...names, onHeld: () => undefined }),
        {
          code: 'ERR_FLEET_INVALID_ARGUMENT',
        },
      );
    }
  });
});
