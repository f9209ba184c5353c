import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  type HeartbeatEvent,
  heartbeatTransition,
  openHeartbeat,
} from '../../packages/fleet/src/protocol/heartbeat.ts';
import {
  openRoster,
  type RosterState,
  rosterTransition,
  rosterView,
  type Told,
} from '../../packages/fleet/src/protocol/roster.ts';
import { limitMs } from '../support/limits.ts';

const MARKS = ['heartbeats', 'members'].map((bucket) => ({ bucket, key: '=me', value: true }));
const beat = (key: string): Told => ({ bucket: 'heartbeats', key, value: { ready: 1 } });
const member = (key: string): Told => ({ bucket: 'members', key, value: key });
const tell = (state: RosterState, nowMs: number, ...entries: Told[]) =>
  rosterTransition(state, { type: 'told', entries, nowMs });
const states = (state: RosterState, nowMs: number) =>
  rosterView(state, nowMs).hosts.map(({ host, state: known }) => `${host} ${known}`);

function open(): RosterState {
  return openRoster({ mark: '=me', ttlMs: 10_000 }, 0).state;
}

describe('rosterTransition', () => {
  it('knows all when it is told its own marks', () => {
    const first = tell(open(), 1, beat('a'), member('a'), { ...MARKS[0]!, key: '=other' }, MARKS[0]!);
    assert.equal(rosterView(first.state, 1).isComplete, false);
    const second = tell(first.state, 2, MARKS[1]!);
    assert.ok(second.effects.some(({ type }) => type === 'tell-complete'));
    assert.deepEqual(states(second.state, 2), ['a known']);
  });

  it('waits for a second mark where a heartbeat is missing, which may have been overwritten while it was told', () => {
    const first = tell(open(), 1, member('a'), member('b'), beat('b'), ...MARKS);
    assert.equal(rosterView(first.state, 1).isComplete, false);
    const [again, ...others] = first.effects;
    assert(again?.type === 'put' && others.length === 0, JSON.stringify(first.effects));
    const { bucket, key, value } = again;
    const second = tell(first.state, 2, beat('a'), { bucket, key, value: value ?? undefined });
    assert.deepEqual(
      second.effects.map(({ type }) => type),
      ['tell-complete', 'put', 'put', 'put'],
    );
    assert.deepEqual(states(second.state, 2), ['a known', 'b known']);
  });

  it('takes a host for unknown after a TTL of silence, and a member without a heartbeat at once', () => {
    const { state } = tell(open(), 1000, beat('a'), member('a'), member('b'));
    assert.deepEqual(states(state, 11_000), ['a known', 'b unknown']);
    assert.deepEqual(states(state, 11_001), ['a unknown', 'b unknown']);
  });

  it('is told of 10,000 hosts one after another in a moment', () => {
    let state = open();
    const startedMs = performance.now();
    for (let i = 0; i < 10_000; i += 1) {
      for (const told of [member(`h${i}`), beat(`h${i}`)]) ({ state } = tell(state, 1, told));
    }
    const tookMs = performance.now() - startedMs;
    assert.equal(rosterView(state, 1).hosts.length, 10_000);
    // It takes a few ms. To copy what is known for each takes a minute.
    assert(tookMs < limitMs(2000), `${tookMs} ms`);
  });

  it('forgets a host that has left', () => {
    const { state } = tell(open(), 0, beat('a'), member('a'), { ...member('a'), value: undefined });
    assert.deepEqual(states(state, 0), []);
  });

  it('knows nothing while the engine is down, and gives hosts a TTL after that', () => {
    const { state } = tell(open(), 0, beat('a'), member('a'));
    const down = rosterTransition(state, { type: 'engine', isUp: false, nowMs: 100 }).state;
    assert.equal(rosterView(down, 200).fleet, 'unknown');
    assert.deepEqual(states(down, 200), ['a unknown']);
    const up = rosterTransition(down, { type: 'engine', isUp: true, nowMs: 50_000 }).state;
    assert.equal(rosterView(up, 50_000).isComplete, false);
    assert.deepEqual(states(up, 59_000), ['a known']);
    assert.deepEqual(states(up, 60_001), ['a unknown']);
  });
});

type Move = HeartbeatEvent extends infer Each ? (Each extends unknown ? Omit<Each, 'chance'> : never) : never;

describe('heartbeatTransition', () => {
  const settings = { host: 'a', instance: 'a_1', everyMs: 3000, memberMs: 600_000 };
  const at = { chance: 0.5 };

  it('beats every 3 s, and tells that there is such a host at first', () => {
    const first = heartbeatTransition(openHeartbeat(settings, 1, 0), { ...at, nowMs: 0, type: 'wake' });
    assert.deepEqual(
      first.effects.map((effect) => effect.type === 'put' && effect.bucket),
      ['heartbeats', 'members'],
    );
    const second = heartbeatTransition(first.state, { ...at, nowMs: 3000, type: 'wake' });
    // Nobody has said that the long-lived one was written.
    assert.equal(second.effects.length, 2);
    const call = second.state.pendingMember?.call ?? -1;
    const written = { ...at, nowMs: 3001, type: 'written', call, revision: 1 } as const;
    const third = heartbeatTransition(heartbeatTransition(second.state, written).state, {
      ...at,
      nowMs: 6000,
      type: 'wake',
    });
    assert.equal(third.effects.length, 1);
  });

  it('counts the hosts by the revisions between two of its own, and sees that the engine counts anew', () => {
    let state = openHeartbeat(settings, 1, 0);
    const beatAt = (nowMs: number, revision: number) => {
      const sent = heartbeatTransition(state, { ...at, nowMs, type: 'wake' });
      const call = sent.state.pending?.call ?? -1;
      ({ state } = heartbeatTransition(sent.state, { ...at, nowMs, type: 'written', call, revision }));
    };
    beatAt(0, 100);
    beatAt(3000, 140);
    assert.equal(state.hosts, 40);
    beatAt(6000, 3);
    assert.deepEqual([state.hosts, state.nextMemberMs], [undefined, 0]);
    assert.equal(state.pendingMember, undefined);
  });

  it('writes over what it has written last, and looks who has written in between', () => {
    let state = openHeartbeat(settings, 1, 0);
    const move = (event: Move) => {
      const step = heartbeatTransition(state, { ...at, ...event });
      ({ state } = step);
      return step.effects;
    };
    /** What the engine finds in place of this host's record at a beat, and what is told of it. */
    const beatOver = (nowMs: number, other: string, revision: number) => {
      const [put] = move({ type: 'wake', nowMs });
      assert.deepEqual(put?.type === 'put' && put.expected, state.ownRevision);
      const [get] = move({ type: 'refused', nowMs, call: state.pending?.call ?? -1 });
      assert.equal(get?.type, 'get');
      const entry = { value: { instance: other }, revision };
      const effects = move({ type: 'got', nowMs, call: state.look ?? -1, entry });
      assert.deepEqual(effects[0]?.type === 'put' && [effects[0].bucket, effects[0].expected], [
        'heartbeats',
        undefined,
      ]);
      move({ type: 'written', nowMs, call: state.pending?.call ?? -1, revision: revision + 1 });
      return effects.flatMap((effect) => (effect.type === 'tell-namesake' ? [effect.instance] : []));
    };
    move({ type: 'wake', nowMs: 0 });
    move({ type: 'written', nowMs: 1, call: state.pending?.call ?? -1, revision: 7 });
    assert.equal(state.ownRevision, 7);
    assert.deepEqual(beatOver(3000, 'a_0', 8), []);
    assert.deepEqual(beatOver(9000, 'a_0', 10), []);
    assert.deepEqual(beatOver(12_000, 'a_0', 12), ['a_0']);
    assert.deepEqual(beatOver(15_000, 'a_0', 14), []);
    assert.deepEqual(beatOver(18_000, 'a_1', 16), []);
    for (const nowMs of [21_000, 24_000]) {
      move({ type: 'wake', nowMs });
      assert.deepEqual(
        move({ type: 'written', nowMs, call: state.pending?.call ?? -1, revision: nowMs }),
        [],
      );
    }
    move({ type: 'wake', nowMs: 27_000 });
    assert.deepEqual(
      move({ type: 'written', nowMs: 27_000, call: state.pending?.call ?? -1, revision: 27_000 }),
      [{ type: 'tell-namesake', instance: undefined }],
    );
  });

  it('says again that there is such a host where its records have been taken away', () => {
    let state = openHeartbeat(settings, 1, 0);
    const move = (event: Move) => {
      const step = heartbeatTransition(state, { ...at, ...event });
      ({ state } = step);
      return step.effects.flatMap((effect) => (effect.type === 'put' ? [effect.bucket] : []));
    };
    move({ type: 'wake', nowMs: 0 });
    for (const call of [1, 2]) move({ type: 'written', nowMs: 1, call, revision: 7 });
    assert.deepEqual(move({ type: 'wake', nowMs: 3000 }), ['heartbeats']);
    move({ type: 'refused', nowMs: 3001, call: state.pending?.call ?? -1 });
    const got = { type: 'got', nowMs: 3002, call: state.look ?? -1, entry: undefined } as const;
    assert.deepEqual(move(got), ['heartbeats', 'members']);
  });

  it('tells at once what others wait for', () => {
    const { state } = heartbeatTransition(openHeartbeat(settings, 1, 0), { ...at, nowMs: 0, type: 'wake' });
    const status = { ...at, nowMs: 10, type: 'status', status: 2 } as const;
    assert.equal(heartbeatTransition(state, { ...status, isUrgent: false }).effects.length, 0);
    assert.equal(heartbeatTransition(state, { ...status, isUrgent: true }).effects.length, 2);
  });
});
