import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { heartbeatTransition, openHeartbeat } from '../../packages/fleet/src/protocol/heartbeat.ts';
import {
  openRoster,
  type RosterState,
  rosterTransition,
  rosterView,
  type Told,
} from '../../packages/fleet/src/protocol/roster.ts';

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

  it('takes a host for unknown after a TTL of silence, and a member without a heartbeat at once', () => {
    const { state } = tell(open(), 1000, beat('a'), member('a'), member('b'));
    assert.deepEqual(states(state, 11_000), ['a known', 'b unknown']);
    assert.deepEqual(states(state, 11_001), ['a unknown', 'b unknown']);
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

describe('heartbeatTransition', () => {
  const settings = { host: 'a', everyMs: 3000, memberMs: 600_000 };
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

  it('tells at once what others wait for', () => {
    const { state } = heartbeatTransition(openHeartbeat(settings, 1, 0), { ...at, nowMs: 0, type: 'wake' });
    const status = { ...at, nowMs: 10, type: 'status', status: 2 } as const;
    assert.equal(heartbeatTransition(state, { ...status, isUrgent: false }).effects.length, 0);
    assert.equal(heartbeatTransition(state, { ...status, isUrgent: true }).effects.length, 2);
  });
});
