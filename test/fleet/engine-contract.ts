import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import * as fc from 'fast-check';

import type {
  Bucket,
  Deleted,
  Engine,
  Entry,
  Json,
  Listening,
} from '../../packages/fleet/src/engine/engine.ts';
import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';

/** What several hosts share; each test has one with buckets of its own. */
export interface Site {
  /** An engine for one host. It closes with the test. */
  connect(): Promise<Engine>;
}

/** For as long as the engine remembers. */
const KEPT = 'kept';
/** As short as a test can wait for, and longer than what is written twice meanwhile. */
const TTL_MS = limitMs(1000);
const BRIEF = 'brief';
/** Longer than any answer takes. */
const PATIENCE_MS = limitMs(10_000);

/** What holds for every engine; each one's test runs it. `start` gives a site with these buckets, empty. */
export function engineContract(
  name: string,
  start: (t: TestContext, buckets: readonly Bucket[]) => Site,
): void {
  let count = 0;

  /** Several hosts on a site of their own, their buckets' names, and a subject that nobody else uses. */
  async function setUp<const N extends number>(
    t: TestContext,
    hosts: N,
  ): Promise<{ engines: Hosts<N> } & Names> {
    count += 1;
    const names = { kept: `${KEPT}-${count}`, brief: `${BRIEF}-${count}`, subject: `subject.${count}` };
    const site = start(t, [
      { name: names.kept, ttlMs: undefined },
      { name: names.brief, ttlMs: TTL_MS },
    ]);
    const engines = await Promise.all(Array.from({ length: hosts }, () => site.connect()));
    return { engines: engines as unknown as Hosts<N>, ...names };
  }

  describe(`the engine contract, kept by ${name}`, () => {
    it('gives back what was put, to every host, with its revision', async (t) => {
      const { engines, kept } = await setUp(t, 2);
      const value = { text: 'ünï', list: [1, null, true], nested: { 'a b': -0.5 } };
      const revision = await engines[0].put(kept, 'web-1.example.com', value);
      for (const engine of engines) {
        assert.deepEqual(await engine.get(kept, 'web-1.example.com'), { value, revision });
        assert.equal(await engine.get(kept, 'web-2.example.com'), undefined);
      }
    });

    it('writes by the revision that is known, and refuses any other', async (t) => {
      const { engines, kept } = await setUp(t, 1);
      const [engine] = engines;
      const first = await revisionOf(engine.put(kept, 'k', 1, 0));
      assert.equal(await engine.put(kept, 'k', 2, 0), undefined);
      assert.equal(await engine.put(kept, 'k', 2, first + 1), undefined);
      assert.equal(await engine.put(kept, 'k', 2, 1), undefined);
      const second = await revisionOf(engine.put(kept, 'k', 2, first));
      assert.equal(await engine.put(kept, 'k', 3, first), undefined);
      const third = await revisionOf(engine.put(kept, 'k', 3));
      assert(first < second && second < third, `${first}, ${second}, ${third}`);
      assert.deepEqual(await engine.get(kept, 'k'), { value: 3, revision: third });
      assert.equal(await engine.put(kept, 'none', 1, third), undefined);
    });

    it('deletes by a revision, at once, for a higher one, and lets it be made again', async (t) => {
      const { engines, kept } = await setUp(t, 2);
      const [one, other] = engines;
      const first = await revisionOf(one.put(kept, 'k', 'lease', 0));
      assert.equal(await one.put(kept, 'k', null, first + 1), undefined);
      const deleted = await revisionOf(one.put(kept, 'k', null, first));
      assert(deleted > first);
      assert.equal(await other.get(kept, 'k'), undefined);
      assert.equal(await one.put(kept, 'k', 'lease', first), undefined);
      const again = await revisionOf(other.put(kept, 'k', 'lease', 0));
      assert(again > deleted);
      assert.equal(await one.put(kept, 'k', 'lease', 0), undefined);
    });

    it('forgets after the TTL, counted from the last write, and lets it be made again', async (t) => {
      const { engines, brief } = await setUp(t, 1);
      const [engine] = engines;
      const first = await revisionOf(engine.put(brief, 'k', 1, 0));
      const renewedMs = performance.now();
      const second = await revisionOf(engine.put(brief, 'k', 2, first));
      await until(
        'the end of its time',
        async () => (await engine.get(brief, 'k')) === undefined,
        TTL_MS * 10,
      );
      const tookMs = performance.now() - renewedMs;
      assert(tookMs > TTL_MS * 0.9, `${tookMs} ms`);
      assert.equal(await engine.put(brief, 'k', 3, second), undefined);
      const third = await revisionOf(engine.put(brief, 'k', 3, 0));
      assert(third > second);
    });

    it('tells a watcher what there is, then each write and each deletion, but no end of time', async (t) => {
      const { engines, brief } = await setUp(t, 2);
      const [one, other] = engines;
      const before = await revisionOf(other.put(brief, 'before', 1));
      const seen = watched(one, brief);
      await until('what there was', () => seen.length === 1);
      const after = await revisionOf(other.put(brief, 'after', { a: 1 }));
      // Of two writes of a key that come close together an engine may tell only the second.
      await until('the write', () => seen.length === 2);
      const deleted = await revisionOf(other.put(brief, 'after', null));
      await until('the deletion', () => seen.length === 3);
      await until('the end', async () => (await other.get(brief, 'before')) === undefined, TTL_MS * 10);
      const last = await revisionOf(one.put(brief, 'last', 'x'));
      await until('the last', () => seen.length > 3);
      assert.deepEqual(seen, [
        ['before', { value: 1, revision: before }],
        ['after', { value: { a: 1 }, revision: after }],
        ['after', { value: undefined, revision: deleted }],
        ['last', { value: 'x', revision: last }],
      ]);
    });

    it('tells a watcher no more once that is stopped, and others still', async (t) => {
      const { engines, kept } = await setUp(t, 1);
      const [engine] = engines;
      const stopped: string[] = [];
      const watch = engine.watch(kept, (key) => {
        stopped.push(key);
        watch.stop();
      });
      const seen = watched(engine, kept);
      await engine.put(kept, 'a', 1);
      await until('the first', () => seen.length === 1 && stopped.length === 1);
      await engine.put(kept, 'b', 2);
      await until('the second', () => seen.length === 2);
      assert.deepEqual(stopped, ['a']);
    });

    it('publishes once to all who listen, and to nobody later', async (t) => {
      const { engines, subject } = await setUp(t, 3);
      const [one, other, late] = engines;
      const heard: Json[][] = [[], [], []];
      const listenOn = (engine: Engine, number: number): Listening =>
        engine.listen(subject, (message) => (message === PROBE ? true : void heard[number]?.push(message)));
      const listening = [one, other].map(listenOn);
      await untilListening(one, subject, 2);
      for (const number of [1, 2, 3]) one.publish(subject, { number });
      await until('all of them', () => (heard[0]?.length ?? 0) >= 3 && (heard[1]?.length ?? 0) >= 3);
      listenOn(late, 2);
      await untilListening(late, subject, 3);
      for (const each of listening) each.stop();
      one.publish(subject, 'end');
      await until('the end', () => heard[2]?.includes('end') === true);
      const all = [{ number: 1 }, { number: 2 }, { number: 3 }];
      assert.deepEqual(heard, [all, all, ['end']]);
    });

    it('asks all, and has the answers of as many as are expected before the time is over', async (t) => {
      const { engines, subject } = await setUp(t, 3);
      engines.forEach((engine, i) => engine.listen(subject, async (message) => [i, message]));
      await untilListening(engines[0], subject, 3);
      const startedMs = performance.now();
      const answers = await engines[0].requestMany(subject, 'q', { timeoutMs: PATIENCE_MS, expected: 3 });
      assert(performance.now() - startedMs < PATIENCE_MS / 2);
      assert.deepEqual(answers.toSorted(byNumber), [
        [0, 'q'],
        [1, 'q'],
        [2, 'q'],
      ]);
      assert.equal(
        (await engines[1].requestMany(subject, 'q', { timeoutMs: PATIENCE_MS, expected: 1 })).length,
        1,
      );
    });

    it('asks without an expectation until the time is over, and has what has come', async (t) => {
      const { engines, subject } = await setUp(t, 2);
      engines[0].listen(subject, () => 'yes');
      engines[1].listen(subject, () => undefined);
      await untilListening(engines[0], subject, 1);
      const startedMs = performance.now();
      assert.deepEqual(await engines[1].requestMany(subject, 'q', { timeoutMs: TTL_MS }), ['yes']);
      assert(performance.now() - startedMs > TTL_MS * 0.9);
      assert.deepEqual(
        await engines[1].requestMany(`${subject}.none`, 'q', { timeoutMs: TTL_MS, expected: 2 }),
        [],
      );
    });

    it('goes on after listeners that throw or reject, and warns of them', async (t) => {
      const warnings: string[] = [];
      const onWarning = (warning: Error & { code?: string }): void =>
        void warnings.push(String(warning.code));
      process.on('warning', onWarning);
      t.after(() => process.off('warning', onWarning));
      const { engines, kept, subject } = await setUp(t, 1);
      const [engine] = engines;
      engine.listen(subject, () => assert.fail('it throws'));
      engine.listen(subject, () => Promise.reject(new Error('it rejects')));
      engine.listen(subject, () => 'well');
      engine.watch(kept, () => assert.fail('it throws'));
      const seen = watched(engine, kept);
      await engine.put(kept, 'a', 1);
      await engine.put(kept, 'b', 2);
      await until('both', () => seen.length === 2);
      await untilListening(engine, subject, 1);
      await until('one warning for each of the two places', () => warnings.length >= 2);
      assert.deepEqual(warnings, ['FLEET_LISTENER_FAILED', 'FLEET_LISTENER_FAILED']);
    });

    it('lets one alone win, whoever races for a key', async (t) => {
      const { engines, kept } = await setUp(t, 3);
      let round = 0;
      const move = fc.record({ host: fc.nat(2), isDeleting: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(move, { minLength: 2, maxLength: 6 }), { maxLength: 4 }),
          async (turns) => {
            round += 1;
            const key = `race-${round}`;
            let known = 0;
            for (const [turn, moves] of turns.entries()) {
              const won = await Promise.all(
                moves.map(({ host, isDeleting }, i) =>
                  (engines[host] as Engine).put(kept, key, isDeleting ? null : [turn, i], known),
                ),
              );
              const revisions = won.filter((each) => each !== undefined);
              // What has deleted a key by revision 0 leaves it to be made by revision 0.
              const isOpen = known === 0 && moves.some(({ isDeleting }) => isDeleting);
              assert(isOpen ? revisions.length >= 1 : revisions.length === 1, `${won.join()} of ${known}`);
              assert.equal(new Set(revisions).size, revisions.length);
              const next = Math.max(...revisions);
              assert(next > known);
              const last = moves[won.indexOf(next)];
              const entry = await engines[0].get(kept, key);
              assert.equal(entry?.revision, last?.isDeleting ? undefined : next);
              known = last?.isDeleting ? 0 : next;
            }
          },
        ),
        { numRuns: 25 },
      );
    });

    it('refuses what no engine could hold, before it is sent', async (t) => {
      const { engines, kept } = await setUp(t, 1);
      const [engine] = engines;
      const invalid = { name: 'FleetError', code: 'ERR_FLEET_INVALID_ARGUMENT' };
      for (const key of ['', '.', 'a..b', 'a.', 'a b', '*', 'a.>', 'ä', 'x'.repeat(201)]) {
        await assert.rejects(engine.put(kept, key, 1), invalid, key);
        await assert.rejects(engine.get(kept, key), invalid, key);
        assert.throws(() => engine.publish(key, 1), invalid, key);
        assert.throws(() => engine.listen(key, () => undefined), invalid, key);
      }
      await assert.rejects(engine.put('unknown', 'k', 1), invalid);
      assert.throws(() => engine.watch('unknown', () => undefined), invalid);
      const large = 'x'.repeat(256 * 1024);
      const tooLarge = { name: 'FleetError', code: 'ERR_FLEET_TOO_LARGE' };
      await assert.rejects(engine.put(kept, 'k', large), tooLarge);
      await assert.rejects(engine.requestMany('s', large, { timeoutMs: 1 }), tooLarge);
      assert.throws(() => engine.publish('s', large), tooLarge);
      assert(await engine.put(kept, 'k', large.slice(2)));
    });

    it('closes once, also while something is under way, and does nothing from then on', async (t) => {
      const { engines, kept, subject } = await setUp(t, 2);
      const [engine, other] = engines;
      const changes: boolean[] = [];
      engine.onChange = (isUp) => void changes.push(isUp);
      const seen = watched(engine, kept);
      engine.listen(subject, () => 'yes');
      await untilListening(other, subject, 1);
      const underway = [
        engine.put(kept, 'k', 1),
        engine.get(kept, 'k'),
        engine.requestMany(subject, 1, { timeoutMs: PATIENCE_MS, expected: 3 }),
      ];
      const settled = Promise.allSettled(underway);
      await Promise.all([engine.close(), engine.close()]);
      await engine.close();
      const closed = { name: 'FleetError', code: 'ERR_FLEET_ENGINE_CLOSED' };
      for (const result of await settled) {
        if (result.status === 'rejected') assert.equal((result.reason as { code: string }).code, closed.code);
      }
      assert.equal((await settled)[2]?.status, 'rejected');
      assert.equal(engine.isUp, false);
      assert.deepEqual(changes, [false]);
      await assert.rejects(engine.put(kept, 'k', 1), closed);
      await assert.rejects(engine.get(kept, 'k'), closed);
      await assert.rejects(engine.requestMany(subject, 1, { timeoutMs: 1 }), closed);
      assert.throws(() => engine.publish(subject, 1), closed);
      assert.throws(() => engine.listen(subject, () => undefined), closed);
      assert.throws(() => engine.watch(kept, () => undefined), closed);
      const told = seen.length;
      await other.put(kept, 'k', 2);
      assert.deepEqual(await other.requestMany(subject, 1, { timeoutMs: TTL_MS }), []);
      assert.equal(seen.length, told);
    });
  });
}

const PROBE = 'are you there?';

interface Names {
  readonly kept: string;
  readonly brief: string;
  readonly subject: string;
}

type Hosts<N extends number> = N extends 1
  ? readonly [Engine]
  : N extends 2
    ? readonly [Engine, Engine]
    : readonly [Engine, Engine, Engine];

/** All that a watcher is told. */
export function watched(engine: Engine, bucket: string): [string, Entry | Deleted][] {
  const seen: [string, Entry | Deleted][] = [];
  engine.watch(bucket, (key, entry) => void seen.push([key, entry]));
  return seen;
}

/** Until the engine knows of as many listeners, which answer. */
export async function untilListening(engine: Engine, subject: string, hosts: number): Promise<void> {
  const terms = { timeoutMs: TTL_MS, expected: hosts };
  await until('listeners', async () => (await engine.requestMany(subject, PROBE, terms)).length === hosts);
}

async function revisionOf(put: Promise<number | undefined>): Promise<number> {
  const revision = await put;
  assert(revision !== undefined && Number.isSafeInteger(revision), String(revision));
  return revision;
}

function byNumber(a: Json, b: Json): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
