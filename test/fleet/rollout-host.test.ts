import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import {
  type HostEffect,
  type HostEvent,
  type HostState,
  hostTransition,
  openHost,
} from '../../packages/fleet/src/protocol/rollout-host.ts';

const HEALTH = { ready: 2, wanted: 2, requests: 0, errorRate: 0, p99Ms: 0 };
const EPOCH = { number: 1, id: 'e' };
const RECORD = {
  id: 'r1',
  driver: 'd',
  write: 1,
  phase: 'running',
  next: 1,
  total: 3,
  out: [{ host: 'h', instance: 'h_1', isOrdered: true }],
};

type Move = HostEvent extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'nowMs' | 'chance'>
    : never
  : never;

class Host {
  state: HostState = openHost({ host: 'h', instance: 'h_1', callMs: 2000 });
  effects: readonly HostEffect[] = [];
  nowMs = 0;

  move(move: Move): this {
    const event = { nowMs: this.nowMs, chance: 0, ...move } as HostEvent;
    ({ state: this.state, effects: this.effects } = hostTransition(this.state, event));
    return this;
  }

  ask({ type = 'order', rollout = 'r1', instance = 'h_1', term = 1, revision = 5 } = {}): this {
    const fence = { term: { epoch: EPOCH, revision: term }, revision };
    const message = { type, rollout, instance, fence, action: { kind: 'reload' } };
    return this.move({ type: 'asked', to: 1, message, health: HEALTH });
  }

  read(value: object | undefined): this {
    const entry = value && { value: value as typeof RECORD, revision: 5 };
    return this.move({ type: 'got', call: this.state.lastCall, entry });
  }

  get said(): readonly string[] {
    return this.effects.map((effect) => (effect.type === 'reply' ? effect.message.state : effect.type));
  }
}

describe('hostTransition', () => {
  it('does a step once it has read that it is to, and once only', () => {
    const host = new Host().ask();
    assert.deepEqual(host.said, ['get']);
    assert.deepEqual(host.read(RECORD).said, ['act', 'doing']);
    assert.deepEqual(host.ask().said, ['doing']);
    host.move({ type: 'acted', rollout: 'r1', isDone: false, reason: 'a worker failed' });
    // A driver that has come after the first one.
    assert.deepEqual(host.ask({ term: 9 }).said, ['failed']);
  });

  it('refuses whom a newer one has followed', () => {
    const host = new Host().ask({ type: 'settle', term: 2 });
    assert.deepEqual(host.said, ['none']);
    assert.deepEqual(host.ask({ term: 1, revision: 99 }).said, ['refused']);
    assert.deepEqual(host.ask({ term: 2, revision: 4 }).said, ['refused']);
    assert.deepEqual(host.ask({ term: 2, revision: 5 }).said, ['get']);
  });

  it('refuses an order that another has overtaken while it read', () => {
    const host = new Host().ask();
    const call = host.state.lastCall;
    host.ask({ type: 'settle', revision: 6 });
    assert.deepEqual(host.said, ['none']);
    assert.deepEqual(host.move({ type: 'got', call, entry: { value: RECORD, revision: 5 } }).said, [
      'refused',
    ]);
  });

  it('refuses what the engine does not say', () => {
    assert.deepEqual(new Host().ask().read(undefined).said, ['refused']);
    assert.deepEqual(new Host().ask().read({ ...RECORD, id: 'r2' }).said, ['refused']);
    assert.deepEqual(new Host().ask().read({ ...RECORD, phase: 'aborting' }).said, ['refused']);
    assert.deepEqual(new Host().ask().read({ ...RECORD, out: [] }).said, ['refused']);
  });

  it('does nothing by an answer that is late', () => {
    const host = new Host().ask();
    host.nowMs = 2001;
    assert.deepEqual(host.read(RECORD).said, []);
  });

  it('says so where another process of its name was meant', () => {
    assert.deepEqual(new Host().ask({ instance: 'h_0' }).said, ['other-instance']);
  });

  it('does no step twice, and none of an older driver after a newer one, whatever comes', () => {
    const anyMove = fc.tuple(fc.nat(4), fc.nat(2), fc.nat(3), fc.nat(2));
    fc.assert(
      fc.property(fc.array(anyMove, { maxLength: 60 }), (moves) => {
        const host = new Host();
        const acted = new Set<string>();
        for (const [kind, rollout, term, revision] of moves) {
          const id = `r${rollout}`;
          host.nowMs += kind * 100;
          if (kind <= 1) host.ask({ rollout: id, term, revision });
          else if (kind === 2) host.ask({ type: 'settle', rollout: id, term, revision });
          else if (kind === 3) host.read({ ...RECORD, id });
          else host.move({ type: 'acted', rollout: id, isDone: true, reason: '' });
          for (const effect of host.effects) {
            if (effect.type !== 'act') continue;
            assert.ok(!acted.has(effect.rollout));
            acted.add(effect.rollout);
          }
          const doing = [...host.state.steps.values()].filter(({ state }) => state === 'doing');
          assert.ok(doing.length <= 1);
        }
      }),
    );
  });
});
