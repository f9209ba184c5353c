import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import type { EngineAnswer } from '../../packages/fleet/src/protocol/calls.ts';
import {
  isHeld,
  type LeaseEffect,
  type LeaseEvent,
  type LeaseState,
  leaseTransition,
  leaseWakeMs,
  openLease,
  tryIntervalMs,
} from '../../packages/fleet/src/protocol/lease.ts';

const TTL_MS = 9000;
const SETTINGS = { name: 'leader', me: 'a_1', ttlMs: TTL_MS, callMs: 2000, tryMs: TTL_MS / 4 };
const EPOCH = { number: 5, id: 'x-1' };

type Move = LeaseEvent extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'nowMs' | 'chance' | 'wallMs'>
    : never
  : never;
type Result = EngineAnswer extends infer Each ? (Each extends unknown ? Omit<Each, 'call'> : never) : never;

/** A candidate whose engine says what it is told to say. */
class Candidate {
  state: LeaseState = openLease(SETTINGS);
  effects: readonly LeaseEffect[] = [];
  nowMs = 0;

  move(move: Move): this {
    const event = { nowMs: this.nowMs, chance: 0.5, wallMs: 1000, ...move } as LeaseEvent;
    ({ state: this.state, effects: this.effects } = leaseTransition(this.state, event));
    return this;
  }

  /** The answer to the call that is out. */
  answer(result: Result): this {
    return this.move({ ...result, call: this.state.doing?.call ?? -1 });
  }

  at(nowMs: number): this {
    this.nowMs = nowMs;
    return this;
  }

  get calls(): readonly string[] {
    return this.effects.flatMap((effect) => {
      if (effect.type === 'put') return [`put ${effect.key} over ${effect.expected ?? 'any'}`];
      return effect.type === 'get' ? [`get ${effect.key}`] : [];
    });
  }

  get told(): readonly string[] {
    return this.effects.map(({ type }) => type).filter((type) => type.startsWith('tell-'));
  }

  /** To the first renewal: an open epoch, a free lease, and a write at `sentMs` that is taken. */
  hold(sentMs = 0, revision = 7): this {
    this.at(sentMs).move({ type: 'want' });
    this.answer({ type: 'got', entry: { value: EPOCH, revision: 1 } });
    this.answer({ type: 'got', entry: { value: 1, revision: 2 } });
    this.answer({ type: 'got', entry: undefined });
    this.answer({ type: 'written', revision });
    return this.answer({ type: 'got', entry: { value: EPOCH, revision: 1 } });
  }
}

/** Why a holder is none any more whose renewal was refused, and that then reads this. */
function lose(value: { holder: string } | undefined): string | undefined {
  const candidate = new Candidate().hold().at(3000).move({ type: 'wake' }).answer({ type: 'refused' });
  candidate.answer({ type: 'got', entry: value && { value, revision: 9 } });
  return candidate.effects.find((effect) => effect.type === 'tell-lost')?.reason;
}

describe('leaseTransition', () => {
  it('reads the epoch, whether it is open, and the lease, creates it, and reads the epoch again', () => {
    const candidate = new Candidate().move({ type: 'want' });
    assert.deepEqual(candidate.calls, ['get epoch']);
    candidate.answer({ type: 'got', entry: { value: EPOCH, revision: 1 } });
    assert.deepEqual(candidate.calls, ['get open.x-1']);
    candidate.answer({ type: 'got', entry: { value: 1, revision: 2 } });
    assert.deepEqual(candidate.calls, ['get leader.x-1']);
    candidate.answer({ type: 'got', entry: undefined });
    assert.deepEqual(candidate.calls, ['put leader.x-1 over 0']);
    candidate.answer({ type: 'written', revision: 7 });
    assert.deepEqual([candidate.calls, candidate.told], [['get epoch'], []]);
    candidate.answer({ type: 'got', entry: { value: EPOCH, revision: 1 } });
    assert.deepEqual(candidate.state.tenure?.term, { epoch: EPOCH, revision: 7 });
    assert.deepEqual(candidate.told, ['tell-held']);
  });

  it('makes an epoch above the time of day where there is none, and opens it after a whole TTL', () => {
    const candidate = new Candidate().move({ type: 'want' }).answer({ type: 'got', entry: undefined });
    assert.deepEqual(candidate.calls, ['put epoch over 0']);
    candidate.at(10).answer({ type: 'written', revision: 1 });
    assert.equal(candidate.state.epoch?.number, 1000);
    candidate.answer({ type: 'got', entry: undefined });
    assert.deepEqual(candidate.effects, [{ type: 'tell-waiting', untilMs: 10 + TTL_MS }]);
    assert.equal(leaseWakeMs(candidate.state), 10 + TTL_MS);
    candidate.at(10 + TTL_MS).move({ type: 'wake' });
    assert.deepEqual(candidate.calls, ['put open.a_1-2 over any']);
  });

  it('raises an epoch that is below one it has seen', () => {
    const candidate = new Candidate()
      .hold()
      .at(4000)
      .move({ type: 'wake' })
      .answer({ type: 'written', revision: 1 });
    candidate.answer({ type: 'got', entry: { value: { number: 3, id: 'y' }, revision: 4 } });
    assert.deepEqual([candidate.told, candidate.calls], [['tell-lost'], ['get epoch']]);
    candidate.answer({ type: 'got', entry: { value: { number: 3, id: 'y' }, revision: 4 } });
    assert.deepEqual(candidate.calls, ['put epoch over 4']);
  });

  it('counts from when a renewal was sent, and is no holder after two thirds of the TTL', () => {
    const candidate = new Candidate().hold(100).at(3100).move({ type: 'wake' });
    assert.deepEqual(candidate.calls, ['put leader.x-1 over 7']);
    candidate.at(4500).answer({ type: 'written', revision: 9 });
    candidate.at(4900).answer({ type: 'got', entry: { value: EPOCH, revision: 1 } });
    assert.deepEqual(candidate.told, ['tell-renewed']);
    assert.equal(candidate.state.tenure?.untilMs, 3100 + 6000);
    assert.ok(isHeld(candidate.state, 9099));
    assert.ok(!isHeld(candidate.state, 9100));
    candidate.at(9100).answer({ type: 'written', revision: 10 });
    assert.deepEqual(candidate.told, ['tell-lost']);
  });

  it('reads before anything else where it is unknown what became of a write', () => {
    const candidate = new Candidate().hold().at(3000).move({ type: 'wake' });
    candidate.at(5000).move({ type: 'wake' });
    candidate.at(leaseWakeMs(candidate.state)).move({ type: 'wake' });
    assert.deepEqual(candidate.calls, ['get leader.x-1']);
    candidate.answer({ type: 'got', entry: { value: { holder: 'a_1', since: 7 }, revision: 8 } });
    assert.deepEqual(candidate.calls, ['put leader.x-1 over 8']);
    assert.equal(candidate.state.tenure?.untilMs, 6000);
  });

  it('ends where another has it, and where the engine has forgotten it', () => {
    assert.equal(lose({ holder: 'b_2' }), 'taken by another');
    assert.equal(lose(undefined), 'forgotten by the engine');
  });

  it('tries five times as often where the holder has not renewed for half a TTL', () => {
    const candidate = new Candidate().move({ type: 'want' });
    candidate.answer({ type: 'got', entry: { value: EPOCH, revision: 1 } });
    candidate.answer({ type: 'got', entry: { value: 1, revision: 2 } });
    const rests = [8, 8, 8, 8, 9, 9, 9].map((revision) => {
      candidate.answer({ type: 'got', entry: { value: { holder: 'b_2', since: 7 }, revision } });
      const restMs = leaseWakeMs(candidate.state) - candidate.nowMs;
      candidate.at(candidate.nowMs + restMs).move({ type: 'wake' });
      return restMs;
    });
    assert.deepEqual(rests, [2250, 2250, 450, 450, 2250, 2250, 450]);
  });

  it('is no holder any more before it deletes the lease', () => {
    const candidate = new Candidate().hold().at(50).move({ type: 'release' });
    assert.deepEqual(
      candidate.effects.map(({ type }) => type),
      ['tell-lost', 'put'],
    );
    assert.deepEqual(candidate.calls, ['put leader.x-1 over 7']);
    candidate.answer({ type: 'written', revision: 8 });
    assert.equal(leaseWakeMs(candidate.state), Infinity);
  });

  it('never holds longer than two thirds of a TTL after a write that it has sent, and has one call out at most', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4000), fc.nat(11), fc.nat(3)), { maxLength: 80 }), (moves) => {
        const candidate = new Candidate().move({ type: 'want' });
        let lastWriteMs = -Infinity;
        const terms = new Set<number>();
        for (const [afterMs, kind, revision] of moves) {
          candidate.at(candidate.nowMs + afterMs);
          const isOut = candidate.state.doing !== undefined;
          const value =
            [EPOCH, { holder: 'a_1' }, { holder: 'b_2' }, { number: 6, id: 'z' }][revision] ?? EPOCH;
          if (kind === 0) candidate.move({ type: 'release' });
          else if (kind === 1) candidate.move({ type: 'want' });
          else if (kind <= 3 || !isOut) candidate.move({ type: 'wake' });
          else if (kind === 4) candidate.answer({ type: 'unknown' });
          else if (kind === 5) candidate.answer({ type: 'refused' });
          else if (kind === 6) candidate.answer({ type: 'got', entry: undefined });
          else if (kind <= 8)
            candidate.answer({ type: 'written', revision: moves.length + candidate.state.lastCall });
          else candidate.answer({ type: 'got', entry: { value, revision: revision + 1 } });
          const calls = candidate.effects.filter(({ type }) => !type.startsWith('tell-'));
          assert.ok(calls.length <= 1);
          if (calls.some((call) => call.type === 'put' && call.bucket === 'leases'))
            lastWriteMs = candidate.nowMs;
          const { tenure } = candidate.state;
          if (tenure)
            assert.ok(tenure.untilMs <= lastWriteMs + (TTL_MS * 2) / 3 && candidate.nowMs < tenure.untilMs);
          for (const effect of candidate.effects) {
            if (effect.type !== 'tell-held') continue;
            assert.ok(!terms.has(effect.term.revision));
            terms.add(effect.term.revision);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('tryIntervalMs', () => {
  it('is a quarter of the TTL for few, and lets many try 16 times a second together', () => {
    assert.equal(tryIntervalMs(10_000, 10), 2500);
    assert.equal(tryIntervalMs(10_000, 160), 10_000);
    assert.equal(tryIntervalMs(10_000, 10_000), 60_000);
  });
});
