import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import type { Json } from '../../packages/fleet/src/engine/engine.ts';
import { MAX_BYTES } from '../../packages/fleet/src/engine/wire.ts';
import { HEALTH_TERMS } from '../../packages/fleet/src/protocol/health.ts';
import {
  openRollout,
  type RolloutEffect,
  type RolloutEvent,
  type RolloutSettings,
  type RolloutState,
  rolloutTransition,
} from '../../packages/fleet/src/protocol/rollout.ts';
import type { Reply } from '../../packages/fleet/src/protocol/rollout-messages.ts';

const TERM = { epoch: { number: 1, id: 'e' }, revision: 3 };
const HEALTH = { ready: 2, wanted: 2, requests: 1000, errorRate: 0, p99Ms: 20 };
const SETTINGS: RolloutSettings = {
  me: 'd_1',
  intent: 'drive',
  action: { kind: 'reload' },
  maxUnavailable: 1,
  soakMs: 5000,
  health: HEALTH_TERMS,
  patience: 3,
  pollMs: 1000,
  silentMs: 10_000,
  stepMs: 60_000,
  callMs: 2000,
  forget: [],
};
const HOSTS = ['a', 'b', 'c', 'd'].map((host) => ({
  host,
  instance: `${host}_1`,
  isSilent: false,
  busy: undefined,
}));

type Move = RolloutEvent extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'nowMs' | 'chance'>
    : never
  : never;

/** A driver and an engine that keeps one record and one plan; hosts say what the test has them say. */
class Driver {
  state: RolloutState;
  nowMs = 0;
  kept = new Map<string, { value: Json; revision: number }>();
  subjects: string[] = [];
  calls: number[] = [];
  /** Hosts of which nothing says that they are members. */
  gone = new Set<string>();
  asked: { host: string; type: string }[] = [];
  outcome: (RolloutEffect & { type: 'tell-ended' })['outcome'] | undefined;
  answers = new Map<string, Reply>();
  hosts: (RolloutEvent & { type: 'roster' })['hosts'] = HOSTS;
  most = 0;
  readonly #moves: Move[] = [];
  #isMoving = false;
  revision = 10;

  constructor(settings: Partial<RolloutSettings> = {}, kept?: Driver['kept']) {
    this.state = openRollout({ ...SETTINGS, ...settings });
    if (kept) this.kept = kept;
  }

  /** What an effect has it told is told after the effects before it. */
  move(move: Move): this {
    this.#moves.push(move);
    if (this.#isMoving) return this;
    this.#isMoving = true;
    for (let next = this.#moves.shift(); next; next = this.#moves.shift()) {
      const step = rolloutTransition(this.state, { nowMs: this.nowMs, chance: 0, ...next });
      this.state = step.state;
      for (const effect of step.effects) this.#perform(effect);
    }
    this.#isMoving = false;
    return this;
  }

  hold(): this {
    return this.move({ type: 'lease-held', term: TERM, untilMs: 1e9 });
  }

  pass(ms: number): this {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; this.nowMs += 500) this.move({ type: 'wake' });
    return this;
  }

  get out(): readonly string[] {
    return this.state.record?.out.map(({ host }) => host) ?? [];
  }

  #perform(effect: RolloutEffect): void {
    if (effect.type === 'read-roster') {
      this.move({ type: 'roster', hosts: this.hosts });
    } else if (effect.type === 'get') {
      const member = this.gone.has(effect.key) ? undefined : { value: true, revision: 1 };
      const entry = effect.bucket === 'members' ? member : this.kept.get(effect.key);
      this.move({ type: 'got', call: effect.call, entry });
    } else if (effect.type === 'put' && effect.bucket === 'members') {
      if (effect.value === null) this.gone.add(effect.key);
    } else if (effect.type === 'put') {
      const revision = this.kept.get(effect.key)?.revision ?? 0;
      if (effect.expected !== undefined && effect.expected !== revision)
        return void this.move({ type: 'refused', call: effect.call });
      this.kept.set(effect.key, { value: effect.value, revision: (this.revision += 1) });
      this.move({ type: 'written', call: effect.call, revision: this.revision });
    } else if (effect.type === 'request') {
      this.subjects.push(effect.subject);
      this.calls.push(effect.call);
      const host = effect.subject.slice('host.'.length);
      this.asked.push({ host, type: (effect.message as { type: string }).type });
      const message = this.answers.get(host);
      if (message) this.move({ type: 'answered', call: effect.call, message });
    } else if (effect.type === 'tell-progress') {
      this.most = Math.max(this.most, effect.record.out.length);
    } else {
      this.outcome = effect.outcome;
    }
  }
}

const done = (now: object = {}): Reply => ({
  state: 'done',
  reason: '',
  before: HEALTH,
  now: { ...HEALTH, ...now },
});

describe('rolloutTransition', () => {
  it('orders one host after another, each after the soak of the one before', () => {
    const driver = new Driver().hold();
    assert.deepEqual([driver.out, driver.asked], [['a'], [{ host: 'a', type: 'order' }]]);
    driver.answers.set('a', done());
    driver.pass(4000);
    assert.deepEqual(driver.out, ['a']);
    driver.pass(4000);
    assert.deepEqual(driver.out, ['b']);
    for (const { host } of HOSTS) driver.answers.set(host, done());
    driver.pass(40_000);
    assert.deepEqual([driver.outcome?.result, driver.outcome?.done], ['done', ['a', 'b', 'c', 'd']]);
    assert.equal(driver.most, 1);
  });

  it('writes that a host is out before it orders it', () => {
    const driver = new Driver();
    driver.kept.set('rollout.e', { value: { id: 'old' }, revision: 4 });
    driver.hold();
    for (const { host } of driver.asked) assert.ok(driver.out.includes(host));
  });

  const failures: readonly (readonly [string, Reply | undefined, string])[] = [
    [
      'fails',
      { state: 'failed', reason: 'no worker was ready', before: HEALTH, now: HEALTH },
      'no worker was ready',
    ],
    ['does worse', done({ errorRate: 0.5 }), 'error rate 0.5, before 0'],
    ['was started anew', { state: 'other-instance' }, 'it has been started anew'],
    ['is silent', undefined, 'it does not answer'],
  ];
  for (const [what, reply, reason] of failures) {
    it(`stops at the first host that ${what}, and leaves the others`, () => {
      const driver = new Driver({ maxUnavailable: 2 }).hold();
      driver.answers.set('b', done()).set('c', done());
      if (reply) driver.answers.set('a', reply);
      driver.pass(20_000);
      assert.equal(driver.outcome?.result, 'failed');
      assert.deepEqual(driver.outcome?.failure, { host: 'a', reason });
      assert.ok(driver.outcome?.left.includes('d'));
      assert.deepEqual(driver.outcome?.out, reply ? [] : ['a']);
    });
  }

  it('forgives a host that does worse only at first', () => {
    const driver = new Driver().hold();
    driver.answers.set('a', done({ p99Ms: 300 }));
    driver.pass(1500);
    driver.answers.set('a', done());
    driver.pass(6000);
    assert.deepEqual(driver.out, ['b']);
  });

  it('is gone on with by another, which asks the one that is out', () => {
    const first = new Driver().hold();
    const second = new Driver({ me: 'd_2' }, first.kept);
    second.revision = first.revision;
    second.hold();
    assert.deepEqual([second.out, second.asked], [['a'], [{ host: 'a', type: 'order' }]]);
    assert.equal(second.state.record?.id, first.state.record?.id);
    // The first one has not noticed yet; it can write nothing any more.
    first.answers.set('a', done());
    first.pass(10_000);
    assert.deepEqual([first.outcome?.result, first.outcome?.by], ['lost', 'd_2']);
  });

  it('waits when aborted for what is out, and orders nothing more', () => {
    const driver = new Driver().hold().move({ type: 'abort' });
    driver.answers.set('a', { state: 'doing' });
    driver.pass(3000);
    assert.equal(driver.state.record?.phase, 'aborting');
    driver.answers.set('a', done());
    driver.pass(3000);
    assert.deepEqual([driver.outcome?.result, driver.outcome?.left], ['aborted', ['b', 'c', 'd']]);
  });

  it('says of a host that has heard of no order that it is as it was', () => {
    const aborted = new Driver().hold().move({ type: 'abort' });
    aborted.answers.set('a', { state: 'none' });
    aborted.pass(3000);
    assert.deepEqual([aborted.outcome?.done, aborted.outcome?.left], [[], ['a', 'b', 'c', 'd']]);

    const failed = new Driver({ maxUnavailable: 2 }).hold();
    failed.answers.set('a', { state: 'failed', reason: 'no', before: HEALTH, now: HEALTH });
    failed.answers.set('b', { state: 'none' });
    failed.pass(3000);
    assert.deepEqual([failed.outcome?.done, failed.outcome?.left], [[], ['b', 'c', 'd']]);
  });

  it('says of no host that has failed that it is done', () => {
    const driver = new Driver({ maxUnavailable: 2 }).hold();
    const reply: Reply = { state: 'failed', reason: 'no', before: HEALTH, now: HEALTH };
    driver.answers.set('a', reply).set('b', reply);
    driver.pass(3000);
    assert.deepEqual([driver.outcome?.failure?.host, driver.outcome?.done], ['a', []]);
    const anew = new Driver({ maxUnavailable: 3 }).hold();
    anew.answers.set('a', reply).set('b', { state: 'other-instance' }).set('c', done());
    anew.pass(3000);
    assert.deepEqual([anew.outcome?.failed.map(({ host }) => host), anew.outcome?.done], [['a', 'b'], ['c']]);
  });

  it('says that a host is as it was, which was silent and did nothing', () => {
    const driver = new Driver({ maxUnavailable: 2 }).hold();
    driver.answers.set('b', { state: 'doing' });
    driver.pass(12_000);
    assert.equal(driver.state.record?.phase, 'failing');
    driver.answers.set('a', { state: 'none' });
    driver.pass(2000);
    driver.answers.set('b', done());
    driver.pass(2000);
    const { result, failure, done: ended, failed, out, left } = driver.outcome ?? assert.fail();
    assert.deepEqual([result, failure?.host], ['failed', 'a']);
    assert.deepEqual([ended, failed, out, left], [['b'], [], [], ['a', 'c', 'd']]);
  });

  it('goes on with a record that has no lists of what was not done', () => {
    const first = new Driver({ maxUnavailable: 3 }).hold();
    const { undone, failed, ...record } = first.state.record ?? assert.fail('nothing was ordered');
    assert.deepEqual([undone, failed], [[], []]);
    const [, ...out] = record.out;
    const failure = { host: 'a', reason: 'no' };
    const value = { ...record, phase: 'failing', out, failure };
    first.kept.set('rollout.e', { value, revision: first.revision });
    const second = new Driver({ me: 'd_2' }, first.kept);
    second.revision = first.revision;
    second.answers.set('b', done()).set('c', { state: 'none' });
    second.hold().pass(3000);
    const { result, done: ended, failed: told, out: unknown, left } = second.outcome ?? assert.fail();
    assert.deepEqual([result, ended, told, unknown, left], ['failed', ['b'], [failure], [], ['c', 'd']]);
  });

  it('counts those that a rollout before has left out, and those that say that they are busy', () => {
    const first = new Driver().hold().pass(20_000);
    assert.deepEqual(first.outcome?.out, ['a']);
    const second = new Driver({ me: 'd_2', maxUnavailable: 2 }, first.kept);
    second.revision = first.revision;
    second.hosts = HOSTS.map((each) => (each.host === 'c' ? { ...each, busy: 'other' } : each));
    second.hold();
    assert.deepEqual(second.out, ['a', 'c']);
    assert.deepEqual(second.asked, [
      { host: 'a', type: 'settle' },
      { host: 'c', type: 'settle' },
    ]);
    second.answers.set('a', { state: 'none' });
    second.pass(2500);
    assert.deepEqual(second.out, ['c', 'a']);
  });

  it('hears what a host says after more than a second', () => {
    const driver = new Driver().hold();
    driver.pass(1500);
    assert.deepEqual([driver.asked.length, driver.calls.length], [1, 1]);
    driver.move({ type: 'answered', call: driver.calls[0] ?? 0, message: done() });
    driver.answers.set('a', done());
    driver.pass(6000);
    assert.deepEqual(driver.out, ['b']);
  });

  it('goes on without a host that has left in order before its turn, and stops at one that is silent', () => {
    const driver = new Driver();
    for (const { host } of HOSTS) if (host !== 'b') driver.answers.set(host, done());
    driver.hold();
    driver.gone.add('b');
    driver.pass(60_000);
    assert.deepEqual(
      [driver.outcome?.result, driver.outcome?.done, driver.outcome?.left],
      ['done', ['a', 'c', 'd'], ['b']],
    );
    const other = new Driver().hold().pass(20_000);
    assert.deepEqual(other.outcome?.failure, { host: 'a', reason: 'it does not answer' });
  });

  it('waits for nothing of a host that has left in order since a rollout before', () => {
    const first = new Driver().hold().pass(20_000);
    assert.deepEqual(first.outcome?.out, ['a']);
    const second = new Driver({ me: 'd_2' }, first.kept);
    second.revision = first.revision;
    second.hosts = HOSTS.filter(({ host }) => host !== 'a');
    assert.deepEqual(second.hold().out, ['b']);
  });

  it('waits for nothing of a host that is gone for good, also where it goes on with what another began', () => {
    const first = new Driver({ maxUnavailable: 2 }).hold();
    assert.deepEqual(first.out, ['a', 'b']);
    const second = new Driver({ me: 'd_2', forget: ['a'] }, first.kept);
    second.revision = first.revision;
    for (const { host } of HOSTS) second.answers.set(host, done());
    second.hold();
    assert(!second.out.includes('a'), String(second.out));
    second.pass(60_000);
    assert.deepEqual(
      [second.outcome?.result, second.outcome?.done, second.outcome?.failed],
      ['done', ['b', 'c', 'd'], [{ host: 'a', reason: 'it is gone for good' }]],
    );
  });

  it('passes over a host that is gone for good, and was not out yet', () => {
    const first = new Driver().hold();
    const second = new Driver({ me: 'd_2', forget: ['b', 'd'] }, first.kept);
    second.revision = first.revision;
    for (const host of ['a', 'c']) second.answers.set(host, done());
    second.hold().pass(60_000);
    assert.deepEqual(
      [second.outcome?.result, second.outcome?.done, second.outcome?.left],
      ['done', ['a', 'c'], ['b', 'd']],
    );
    assert(second.asked.every(({ host }) => host === 'a' || host === 'c'));
  });

  it('deletes the last words of a silent host that is gone for good', () => {
    const driver = new Driver({ forget: ['c', 'd'] });
    driver.hosts = HOSTS.map((each) =>
      each.host === 'c' ? { ...each, isSilent: true, busy: 'other' } : each,
    );
    driver.hold();
    assert.deepEqual([driver.out, [...driver.gone]], [['a'], ['c']]);
  });

  it('has 10,000 hosts in values that an engine takes, 500 of them out at most, and leaves no plan behind', () => {
    const hosts = Array.from({ length: 10_000 }, (_, i) => {
      const host = `${'a-name-that-is-long-for-a-host-'.repeat(3)}${String(i).padStart(5, '0')}`;
      return { host, instance: `${host}_0123456789ab`, isSilent: false, busy: undefined };
    });
    const wide = { soakMs: 0, maxUnavailable: 10_000 };
    const first = new Driver(wide);
    first.hosts = hosts;
    first.hold();
    assert.equal(first.out.length, 500);
    for (const { value } of first.kept.values()) assert(JSON.stringify(value).length < MAX_BYTES);
    assert(first.kept.size > 2);
    const second = new Driver({ ...wide, me: 'd_2' }, first.kept);
    second.revision = first.revision;
    for (const { host } of hosts) second.answers.set(host, done());
    second.hold().pass(60_000);
    assert.deepEqual(
      [second.outcome?.result, second.outcome?.done.length, second.most],
      ['done', 10_000, 500],
    );
    const plans = [...second.kept].filter(([key]) => key.startsWith('plan.'));
    assert(plans.length > 0 && plans.every(([, { value }]) => value === null));
  });

  it('counts a silent host that was busy when it was last heard of', () => {
    const driver = new Driver();
    driver.hosts = HOSTS.map((each) =>
      each.host === 'c' ? { ...each, isSilent: true, busy: 'forgotten' } : each,
    );
    driver.hold().pass(20_000);
    assert.deepEqual(
      [driver.outcome?.failure, driver.outcome?.left.length],
      [{ host: 'c', reason: 'it does not answer' }, 3],
    );
  });

  it('is refused where another drives and is alive, and waits where that one may have died', () => {
    const driver = new Driver().move({ type: 'lease-taken', holder: 'd_0', revision: 5 });
    driver.move({ type: 'lease-taken', holder: 'd_0', revision: 5 });
    assert.notEqual(driver.state.phase, 'ended');
    driver.move({ type: 'lease-taken', holder: 'd_0', revision: 6 });
    assert.deepEqual([driver.outcome?.result, driver.outcome?.by], ['refused', 'd_0']);
  });

  it('tells one that drives and is alive to abort', () => {
    const driver = new Driver({ intent: 'abort' });
    driver.move({ type: 'lease-taken', holder: 'd_0', revision: 5 });
    driver.move({ type: 'lease-taken', holder: 'd_0', revision: 6 });
    assert.deepEqual([driver.outcome?.result, driver.subjects], ['told to abort', ['driver.d_0']]);
  });

  it('says nothing more when its lease is over, also where nobody tells it', () => {
    const driver = new Driver().move({ type: 'lease-held', term: TERM, untilMs: 3000 });
    const asked = driver.pass(2900).asked.length;
    driver.nowMs = 60_000;
    driver.move({ type: 'wake' });
    assert.deepEqual([driver.outcome?.result, driver.asked.length], ['lost', asked]);
  });

  it('stops where the engine has forgotten it, and says what is known', () => {
    const driver = new Driver({ maxUnavailable: 2 }).hold();
    driver.kept.clear();
    driver.answers.set('a', done()).set('b', { state: 'doing' });
    driver.pass(10_000);
    assert.equal(driver.outcome?.result, 'forgotten');
    assert.deepEqual(
      [driver.outcome?.out, driver.outcome?.left],
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    );
  });

  it('never has more out than it may, whatever hosts say', () => {
    const anyReply = fc.constantFrom<Reply | undefined>(
      undefined,
      { state: 'none' },
      { state: 'doing' },
      { state: 'refused', reason: '' },
      done(),
      done(),
      done({ p99Ms: 500 }),
    );
    const anyMoves = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), anyReply, fc.nat(9000)), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), anyMoves, (maxUnavailable, moves) => {
        const driver = new Driver({ maxUnavailable }).hold();
        for (const [host, reply, ms] of moves) {
          if (reply) driver.answers.set(host, reply);
          else driver.answers.delete(host);
          driver.pass(ms);
          assert.ok(driver.most <= maxUnavailable);
        }
        const ordered = new Set(driver.asked.filter(({ type }) => type === 'order').map(({ host }) => host));
        assert.ok(ordered.size <= (driver.state.record?.next ?? 0));
      }),
    );
  });
});
