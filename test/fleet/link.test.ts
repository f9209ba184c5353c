import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import type { FleetLink as MainLink } from '../../src/api/fleet-link.ts';
import { FleetError } from '../../packages/fleet/src/errors.ts';
import { TTL_MS } from '../../packages/fleet/src/fleet-engine.ts';
import type { FleetLease } from '../../packages/fleet/src/host.ts';
import { MemoryFleet } from './memory-fleet.ts';
import type { PlayedHost } from './memory-fleet.ts';

/** Two hosts, as what the main package takes for a link. */
function two(t: TestContext) {
  const fleet = new MemoryFleet();
  const join = (name: string): PlayedHost & { readonly link: MainLink } => {
    const host = fleet.join(name);
    t.after(() => fleet.outcome(host.fleet.leave()));
    return { ...host, link: host.fleet.link };
  };
  return { fleet, join, one: join('web-1'), other: join('web-2') };
}

/** Tries for a lease, and writes down what is told of it. */
function wish(link: MainLink, told: string[], name = 'job.as.x'): FleetLease & { untilMs: number } {
  const wished = {
    untilMs: 0,
    ...link.holdLease({
      name,
      onHeld: (term, untilMs) => {
        if (told.at(-1) !== term) told.push(term);
        wished.untilMs = untilMs;
      },
      onLost: (reason) => told.push(reason),
    }),
  };
  return wished;
}

describe("a host's link to its fleet", () => {
  it('brings what is published to all hosts, once, from when the engine is there', async (t) => {
    const fleet = new MemoryFleet();
    fleet.refusal = new FleetError('ERR_FLEET_ENGINE_UNREACHABLE', 'Cannot reach it');
    const [one, other] = [fleet.join('web-1'), fleet.join('web-2')];
    t.after(() => fleet.outcome(Promise.all([one.fleet.leave(), other.fleet.leave()])));
    const heard: unknown[] = [];
    const listening = one.fleet.link.listen('channel.as.x', (message) => heard.push(['one', message]));
    other.fleet.link.listen('channel.as.x', (message) => heard.push(['other', message]));
    one.fleet.link.publish('channel.as.x', { n: 1 });
    fleet.refusal = undefined;
    await fleet.passUntil(() => one.engine() !== undefined && other.engine() !== undefined);
    one.fleet.link.publish('channel.as.x', { n: 2 });
    await fleet.pass(100);
    assert.deepEqual(heard.splice(0), [
      ['one', { n: 2 }],
      ['other', { n: 2 }],
    ]);
    other.engine()?.setReachable(false);
    other.fleet.link.publish('channel.as.x', { n: 3 });
    await fleet.pass(100);
    other.engine()?.setReachable(true);
    listening.stop();
    other.fleet.link.publish('channel.as.x', { n: 4 });
    await fleet.pass(100);
    assert.deepEqual(heard, [['other', { n: 4 }]]);
  });

  it('gives a lease to one host, and to the next when that releases it, within a tenth of its life', async (t) => {
    const { fleet, one, other } = two(t);
    const [first, second]: [string[], string[]] = [[], []];
    const lease = wish(one.link, first);
    await fleet.passUntil(() => first.length > 0);
    wish(other.link, second);
    await fleet.pass(60_000);
    assert.deepEqual([first.length, second.length], [1, 0]);
    assert(lease.untilMs > fleet.runtime.nowMs());
    assert(lease.untilMs <= fleet.runtime.nowMs() + (TTL_MS * 2) / 3);
    lease.release();
    await fleet.pass(TTL_MS / 10);
    assert.deepEqual([first.length, second.length], [1, 1]);
    assert((first[0] as string) < (second[0] as string));
  });

  it('tells that a lease is lost, and tries again', async (t) => {
    const { fleet, one, other } = two(t);
    const [first, second]: [string[], string[]] = [[], []];
    wish(one.link, first);
    await fleet.passUntil(() => first.length > 0);
    wish(other.link, second);
    one.engine()?.setReachable(false);
    await fleet.passUntil(() => first.length === 2);
    assert.equal(second.length, 0);
    assert.equal(first[1], 'not renewed in time');
    await fleet.passUntil(() => second.length === 1, TTL_MS);
    other.engine()?.setReachable(false);
    one.engine()?.setReachable(true);
    await fleet.passUntil(() => first.length === 3, TTL_MS * 2);
    const terms = [first[0], second[0], first[2]].map(String);
    assert.deepEqual(terms.toSorted(), terms);
    assert.equal(second[1], 'not renewed in time');
    other.engine()?.setReachable(true);
  });

  it('leaves a lease that is abandoned to others when it has expired, also after its process has hung', async (t) => {
    const { fleet, one, other } = two(t);
    const terms: string[] = [];
    let untilMs = 0;
    let lostAtMs = 0;
    const lease = one.link.holdLease({
      name: 'job.as.x',
      onHeld: (...held) => {
        terms.push(held[0]);
        [, untilMs] = held;
      },
      onLost: () => {
        lostAtMs = fleet.runtime.nowMs();
        lease.abandon();
      },
    });
    await fleet.passUntil(() => terms.length > 0);
    const sentMs = untilMs - (TTL_MS * 2) / 3;
    fleet.hang(untilMs + 100 - fleet.runtime.nowMs());
    const second: string[] = [];
    const next = wish(other.link, second);
    await fleet.passUntil(() => second.length > 0);
    assert.equal(lostAtMs, untilMs + 100);
    const followedMs = fleet.runtime.nowMs() - sentMs;
    assert(followedMs >= TTL_MS && followedMs < TTL_MS * 1.2, `${followedMs} ms`);
    assert.equal(terms.length, 1);
    next.release();
  });

  it('lets expire what it holds when its host leaves, tells so, and does nothing any more', async (t) => {
    const { fleet, one, other } = two(t);
    const [first, second]: [string[], string[]] = [[], []];
    const lease = wish(one.link, first);
    await fleet.passUntil(() => first.length > 0);
    wish(other.link, second);
    const { untilMs } = lease;
    await fleet.outcome(one.fleet.leave());
    assert.equal(first[1], 'released');
    // What is done by it may still go on for as long as it would have been held.
    await fleet.passUntil(() => fleet.runtime.nowMs() >= untilMs);
    assert.equal(second.length, 0);
    await fleet.pass(TTL_MS / 2);
    assert.equal(second.length, 1);
    const late: string[] = [];
    one.link.publish('channel.as.x', {});
    one.link.listen('channel.as.x', () => late.push('heard')).stop();
    wish(one.link, late).release();
    await fleet.pass(TTL_MS * 2);
    assert.deepEqual([first.length, late, one.problems], [2, [], []]);
  });

  it('leaves in time where the engine is away', async (t) => {
    const { fleet, one } = two(t);
    const told: string[] = [];
    wish(one.link, told);
    await fleet.passUntil(() => told.length > 0);
    one.engine()?.setReachable(false);
    const beganMs = fleet.runtime.nowMs();
    await fleet.outcome(one.fleet.leave());
    assert(fleet.runtime.nowMs() - beganMs < 5000);
  });

  it('refuses at once what is no subject, and no name of a lease, whether the engine is there or not', async (t) => {
    const { fleet, one } = two(t);
    const invalid = { name: 'FleetError', code: 'ERR_FLEET_INVALID_ARGUMENT' };
    const refuses = () => {
      assert.throws(() => one.link.listen('no good', () => undefined), {
        ...invalid,
        message: /^Cannot use the subject "no good": /,
      });
      assert.throws(() => wish(one.link, [], 'job..x'), {
        ...invalid,
        message: /^Cannot use the key "job..x": /,
      });
    };
    refuses();
    const told: string[] = [];
    wish(one.link, told);
    await fleet.passUntil(() => told.length > 0);
    refuses();
    assert.deepEqual(one.problems, []);
  });

  it('begins all that can begin when the engine is there, and tells of what cannot', async (t) => {
    const { fleet, one, other } = two(t);
    // With what the fleet puts before it, it is longer than an engine takes.
    const long = 'x'.repeat(190);
    const heard: unknown[] = [];
    const listening = one.link.listen(long, (message) => heard.push(message));
    one.link.listen('channel.as.x', (message) => heard.push(message));
    await fleet.passUntil(() => one.notes.length > 0 && other.notes.length > 0);
    one.link.listen(long, (message) => heard.push(message)).stop();
    other.link.publish('channel.as.x', { text: 'hello' });
    await fleet.pass(10_000);
    listening.stop();
    assert.deepEqual(heard, [{ text: 'hello' }]);
    assert.match(String(one.problems[0]), /^ERR_FLEET_INVALID_ARGUMENT: Cannot use the subject /);
    assert.deepEqual([one.problems.length, one.notes.length], [1, 1]);
  });

  it('tells what cannot be published, and goes on', async (t) => {
    const { fleet, one } = two(t);
    await fleet.pass(100);
    one.link.publish('channel.as.x', { text: 'x'.repeat(300_000) });
    assert.match(one.problems.join(), /^ERR_FLEET_TOO_LARGE/);
  });
});
