import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { GrappoloError } from '../../../src/core/errors.ts';
import { own } from '../../../src/own.ts';
import type { Here } from '../../../src/together/here.ts';
import { takeFleetTurns } from '../../../src/together/once/fleet-turn.ts';
import type { FleetTurn } from '../../../src/together/once/fleet-turn.ts';
import { limitMs } from '../../support/limits.ts';
import { until } from '../../support/load.ts';
import { PlayedHost, PlayedLink } from './played-fleet.ts';

const LEASE = 'job.as.report';
const LONG_MS = 600_000;

/** A process that wants the job `report`, whose turns the test ends. */
class Worker {
  readonly here: Here;
  readonly end: () => void;
  readonly turns: FleetTurn[] = [];
  readonly result: Promise<unknown>;
  readonly #stopping = new AbortController();
  #settle: ((outcome: () => unknown) => void) | undefined;

  constructor(t: TestContext, host: PlayedHost) {
    ({ here: this.here, end: this.end } = host.process());
    this.result = takeFleetTurns(this.here, 'report', this.#stopping.signal, async (turn) => {
      this.turns.push(turn);
      const outcome = await new Promise<() => unknown>((resolve) => (this.#settle = resolve));
      return outcome();
    });
    this.result.catch(() => {});
    t.after(() => {
      this.abort();
      this.finish(() => undefined);
      this.end();
    });
  }

  get turn(): FleetTurn | undefined {
    return this.turns.at(-1);
  }

  /** Has the job end like that. */
  finish(outcome: () => unknown): void {
    this.#settle?.(outcome);
  }

  abort(): void {
    this.#stopping.abort(new Error('enough'));
  }
}

async function begun(t: TestContext) {
  const link = new PlayedLink();
  const host = new PlayedHost(link);
  const one = new Worker(t, host);
  const other = new Worker(t, host);
  await one.here.reached();
  hold(link, 't1', LONG_MS);
  await until('a turn', () => one.turn !== undefined);
  return { link, host, one, other };
}

/** The host holds the lease for so long from now on. */
function hold(link: PlayedLink, term: string, ms: number): void {
  const wish = link.wishes.get(LEASE);
  assert(wish, 'nobody tries for the lease');
  wish.onHeld(term, own.now() + ms);
}

/** Of why its turn is over. */
function codeOf(turn: FleetTurn | undefined): unknown {
  const reason: unknown = turn?.signal.reason;
  return reason instanceof GrappoloError ? reason.code : reason;
}

describe('a job of the fleet', () => {
  it('is done by one, and what it gives by all who wait on this host; then another host may have it', async (t) => {
    const { link, one, other } = await begun(t);
    assert.deepEqual(
      [one.turn?.isHeld, one.turn?.signal.aborted, other.turns.length, one.turn?.term],
      [true, false, 0, 't1+0000000001'],
    );
    one.finish(() => new Map([['sum', 1]]));
    assert.deepEqual(await Promise.all([one.result, other.result]), [
      new Map([['sum', 1]]),
      new Map([['sum', 1]]),
    ]);
    assert.deepEqual([link.wishes.size, link.ends], [0, ['release']]);
    assert.equal(other.turns.length, 0);
  });

  it('goes on with the next one on this host, by the same lease, where it fails or its process ends', async (t) => {
    const { host, one, other } = await begun(t);
    const third = new Worker(t, host);
    await third.here.reached();
    one.finish(() => {
      throw new RangeError('no');
    });
    await assert.rejects(one.result, RangeError);
    await until('the next turn', () => other.turn !== undefined);
    other.end();
    await until('the last turn', () => third.turn !== undefined);
    assert.equal(third.turn?.term, 't1+0000000003');
  });

  it('is told to end when the lease is lost, and waits for its next turn when it has', async (t) => {
    const { link, one, other } = await begun(t);
    const { signal } = one.turn as FleetTurn;
    link.wishes.get(LEASE)?.onLost('taken by another');
    await until('the end', () => signal.aborted);
    assert.equal(one.turn?.isHeld, false);
    assert.deepEqual(
      [(signal.reason as Error).name, codeOf(one.turn)],
      ['AbortError', 'ERR_GRAPPOLO_LEASE_LOST'],
    );
    // Until it has come to its end nobody begins here; other hosts may when the lease has expired.
    await other.here.reached();
    assert.deepEqual([link.wishes.size, link.ends], [0, ['abandon']]);
    one.finish(() => {
      throw signal.reason as Error;
    });
    await until('another try', () => link.wishes.size === 1);
    hold(link, 't2', LONG_MS);
    await until('the next turn', () => other.turn !== undefined);
    other.finish(() => 'done');
    assert.deepEqual(await Promise.all([one.result, other.result]), ['done', 'done']);
  });

  it('counts for nothing what a lost turn gives, and what is told late of its lease', async (t) => {
    const { link, one, other } = await begun(t);
    const before = link.wishes.get(LEASE);
    before?.onLost('taken by another');
    await until('the end', () => one.turn?.signal.aborted === true);
    one.finish(() => 'not done');
    await until('another try', () => link.wishes.size === 1);
    hold(link, 't2', LONG_MS);
    await until('the next turn', () => other.turn !== undefined);
    before?.onLost('late');
    await other.here.reached();
    assert.equal(other.turn?.isHeld, true);
    // Those who have given it wait again by then.
    await one.here.reached();
    other.finish(() => 'done');
    assert.deepEqual(await Promise.all([one.result, other.result]), ['done', 'done']);
  });

  it('is not its own by the time that its lease is over, though nobody could say so yet', async (t) => {
    const { link, one } = await begun(t);
    const untilMs = own.now() + limitMs(200);
    link.wishes.get(LEASE)?.onHeld('t1', untilMs);
    await one.here.reached();
    const { turn } = one;
    assert.deepEqual([turn?.isHeld, turn?.signal.aborted], [true, false]);
    while (own.now() < untilMs);
    assert.deepEqual([turn?.isHeld, turn?.signal.aborted], [false, false]);
  });

  it('keeps an error that is not of the end of its turn', async (t) => {
    const { link, one } = await begun(t);
    link.wishes.get(LEASE)?.onLost('taken by another');
    await until('the end', () => one.turn?.signal.aborted === true);
    one.finish(() => {
      throw new RangeError('no');
    });
    await assert.rejects(one.result, RangeError);
  });

  it('ends by its own clock where nobody says anything, later where the lease was renewed', async (t) => {
    const { link, one } = await begun(t);
    hold(link, 't1', limitMs(1000));
    await one.here.reached();
    const renewedMs = own.now();
    hold(link, 't1', limitMs(1200));
    await one.here.reached();
    assert.equal(one.turn?.isHeld, true);
    await until('the end', () => one.turn?.signal.aborted === true);
    assert(own.now() - renewedMs >= limitMs(1200), `after ${own.now() - renewedMs} ms`);
    assert.equal(one.turn?.isHeld, false);
    assert.equal(codeOf(one.turn), 'ERR_GRAPPOLO_LEASE_LOST');
  });

  it('does not begin by a lease that is over when it is told', async (t) => {
    const link = new PlayedLink();
    const one = new Worker(t, new PlayedHost(link));
    await one.here.reached();
    const first = link.wishes.get(LEASE);
    // The host takes it for held, and the process that is told finds that it is not any more.
    const untilMs = own.now() + 50;
    first?.onHeld('t1', untilMs);
    while (own.now() < untilMs);
    await until('another try', () => link.wishes.size === 1 && link.wishes.get(LEASE) !== first);
    assert.equal(one.turns.length, 0);
    hold(link, 't1', LONG_MS);
    await until('a turn', () => one.turns.length === 1);
    assert.equal(one.turn?.isHeld, true);
  });

  for (const isLate of [false, true])
    it(`may be told of its lease while that is being tried for${isLate ? ', when its host joins' : ''}`, async (t) => {
      const link = new PlayedLink();
      link.onWish = ({ onHeld, onLost }) => {
        if (link.ends.length > 0) return;
        onHeld('t1', own.now() + LONG_MS);
        onLost('at once');
      };
      let join: ((joined: PlayedLink) => void) | undefined;
      const one = new Worker(t, new PlayedHost(isLate ? new Promise((resolve) => (join = resolve)) : link));
      await one.here.reached();
      join?.(link);
      await until('the end of that lease', () => link.ends.length === 1);
      assert.deepEqual(link.ends, ['abandon']);
      // Its turn was over before it began, or the job is told to end: it is begun anew either way.
      one.finish(() => undefined);
      await until('another try', () => link.wishes.size === 1);
      hold(link, 't2', LONG_MS);
      await until('a turn', () => one.turn?.isHeld === true);
    });

  it('does not begin by a lease that is held until a time that is none', async (t) => {
    const link = new PlayedLink();
    const one = new Worker(t, new PlayedHost(link));
    await one.here.reached();
    for (const ms of [Infinity, Number.NaN]) link.wishes.get(LEASE)?.onHeld('t1', ms);
    await one.here.reached();
    assert.equal(one.turns.length, 0);
    hold(link, 't1', LONG_MS);
    await until('a turn', () => one.turn !== undefined);
    assert.equal(one.turn?.term, 't1+0000000001');
  });

  it('is held for longer than timers count', async (t) => {
    const { link, one } = await begun(t);
    const delays: number[] = [];
    const { setTimeout } = own;
    t.mock.method(own, 'setTimeout', (act: () => void, ms: number) => {
      delays.push(ms);
      return setTimeout(act, ms);
    });
    hold(link, 't1', 2 ** 40);
    await one.here.reached();
    assert.equal(one.turn?.isHeld, true);
    assert.deepEqual(
      delays.filter((ms) => ms >= 2 ** 31),
      [],
    );
    assert(delays.some((ms) => ms > 0));
  });

  it('is over where the machine has slept past its end, while the clock of its lease stood still', async (t) => {
    const { one } = await begun(t);
    let sleptMs = -2 * LONG_MS;
    t.mock.method(own, 'wallClock', () => Date.now() + sleptMs);
    assert.deepEqual([one.turn?.isHeld, one.turn?.signal.aborted], [true, false]);
    sleptMs = LONG_MS;
    assert.deepEqual([one.turn?.isHeld, one.turn?.signal.aborted], [false, false]);
    await until('the end', () => one.turn?.signal.aborted === true);
    assert.equal(codeOf(one.turn), 'ERR_GRAPPOLO_LEASE_LOST');
  });

  it('is given to nobody by a lease past whose end the machine has slept', async (t) => {
    const { link, one, other } = await begun(t);
    t.mock.method(own, 'wallClock', () => Date.now() + LONG_MS);
    one.finish(() => {
      throw new RangeError('no');
    });
    await assert.rejects(one.result, RangeError);
    await until('another try', () => link.ends.length === 1 && link.wishes.size === 1);
    await other.here.reached();
    assert.deepEqual([link.ends, other.turns.length], [['abandon'], 0]);
    hold(link, 't2', LONG_MS);
    await until('the next turn', () => other.turn?.isHeld === true);
  });

  it('ends with the signal of who has it done', async (t) => {
    const { one, other } = await begun(t);
    other.abort();
    await assert.rejects(other.result, { message: 'enough' });
    one.abort();
    assert.deepEqual([one.turn?.signal.aborted, one.turn?.isHeld], [true, false]);
    one.finish(() => 'stopped');
    assert.equal(await one.result, 'stopped');
  });

  it('is handed over by a process that is about to leave', async (t) => {
    const { one, other } = await begun(t);
    const left = one.here.leave();
    await until('the end', () => one.turn?.signal.aborted === true);
    assert.match(String(one.turn?.signal.reason), /This process is about to leave/);
    assert.equal(other.turns.length, 0);
    one.finish(() => 'left');
    await left;
    assert.equal(await one.result, 'left');
    await until('the next turn', () => other.turn !== undefined);
  });

  it('ends where the primary does', async (t) => {
    const { one, other } = await begun(t);
    other.end();
    await assert.rejects(other.result, { code: 'ERR_GRAPPOLO_HUB_LOST' });
    one.end();
    await until('the end', () => one.turn?.signal.aborted === true);
    one.finish(() => {
      throw one.turn?.signal.reason as Error;
    });
    await assert.rejects(one.result, { code: 'ERR_GRAPPOLO_HUB_LOST' });
  });

  it('is refused where the host has joined no fleet after all', async (t) => {
    const host = new PlayedHost(Promise.resolve(undefined));
    for (let count = 0; count < 2; count += 1)
      // oxlint-disable-next-line no-await-in-loop -- the second when that is known
      await assert.rejects(new Worker(t, host).result, { code: 'ERR_GRAPPOLO_NOT_IN_FLEET' });
    const failed = new Worker(t, new PlayedHost(Promise.reject(new Error('no engine'))));
    await assert.rejects(failed.result, { code: 'ERR_GRAPPOLO_NOT_IN_FLEET' });
  });
});
