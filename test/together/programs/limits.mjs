// Workers that share limits: node limits.mjs SCENARIO. Prints what came of it as JSON.
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFile, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import cluster from 'grappolo';
import {
  call,
  contract,
  gather,
  limiter,
  RateLimiterCluster,
  rateLimitStore,
  serve,
} from 'grappolo/together';

const worker = contract('worker');
const [, , scenario] = process.argv;
const limit = limiter('shared', { points: 100, perMs: 600_000 });

if (cluster.isWorker) {
  serve(worker, {
    /** As many as there are, some in one turn and some one after another. */
    async takeMany(count) {
      const taken = [];
      for (let i = 0; i < count; i += 10)
        taken.push(...(await Promise.all(Array.from({ length: 10 }, () => limit.take('a key')))));
      return taken.filter(({ isAllowed }) => isAllowed).length;
    },
    async takeByOtherTerms() {
      try {
        await limiter('shared', { points: 7, perMs: 600_000 }).take('a key');
        return 'taken';
      } catch (error) {
        return error.code;
      }
    },
    /** Takes until it cannot, and then says why. */
    takeOn() {
      // A worker ends with its primary: here not before it has said what it sees of that.
      const { exit } = process;
      process.exit = () => {};
      void (async () => {
        for (;;) await limit.take('on');
      })().catch(async (error) => {
        const later = await limit.get('on').catch(({ code }) => code);
        console.log(JSON.stringify({ code: error.code, later }));
        exit();
      });
    },
    /** Numbers that JSON cannot write, or could not after a sum or a product. */
    async takeWithoutEnd() {
      const most = Number.MAX_VALUE;
      const flexible = new RateLimiterCluster({ keyPrefix: 'numbers', points: 3, duration: 60 });
      const options = { keyPrefix: 'numbers', points: 3, duration: 60 };
      const deeds = [
        () => limit.take('k', -Infinity),
        () => limit.take('k', Infinity),
        () => limiter('endless', { points: 1, perMs: Infinity }),
        () => flexible.consume('k', -Infinity),
        () => flexible.consume('k', 1, { customDuration: most }),
        () => flexible.penalty('k', 1, { customDuration: 1e306 }),
        () => flexible.set('k', 1, most),
        () => flexible.set('k', Infinity, 1),
        () => flexible.block('k', 1e306),
        () => new RateLimiterCluster({ ...options, blockDuration: most }),
        () => new RateLimiterCluster({ ...options, duration: most }),
        () => rateLimitStore('numbers').increment({ length: 1, toJSON: () => {} }),
      ];
      const refused = [];
      for (const deed of deeds) {
        try {
          await deed();
          refused.push('taken');
        } catch (error) {
          refused.push(error.code ?? error.message);
        }
      }
      const taken = [];
      for (let i = 0; i < 2; i += 1) taken.push((await limit.take('many', 1e308)).taken);
      for (let i = 0; i < 2; i += 1) taken.push((await flexible.penalty('many', 1e308)).consumedPoints);
      return { refused, taken };
    },
    /** Asks a primary that hangs from the first file on, until there is the second. */
    async takeInVain(hanging, done) {
      while (!existsSync(hanging)) await new Promise((resolve) => setTimeout(resolve, 10));
      const timeoutMs = 50;
      const flexible = new RateLimiterCluster({ keyPrefix: 'hangs', points: 3, duration: 60, timeoutMs });
      const store = rateLimitStore('hangs', { timeoutMs });
      const asked = await Promise.allSettled([flexible.consume('k'), store.increment('k')]);
      writeFileSync(done, '');
      const patient = [
        new RateLimiterCluster({ keyPrefix: 'hangs', points: 3, duration: 60, timeoutMs: 60_000 }),
        rateLimitStore('hangs', { timeoutMs: 60_000 }),
      ];
      return {
        reasons: asked.map(({ reason }) => `${reason.name} ${reason.code}: ${reason.message}`),
        // What was given up was counted when the primary read it.
        later: [(await patient[0].consume('k')).consumedPoints, (await patient[1].increment('k')).totalHits],
      };
    },
    takeAndDie() {
      for (let i = 0; i < 10; i += 1) limit.take('of the dead').catch(() => {});
      setImmediate(() => process.kill(process.pid, 'SIGKILL'));
    },
  });
} else {
  const scenarios = { shares, alone, numbers, gives, keeps, lost, hangs, stores, names, flexibly };
  await scenarios[scenario]();
}

async function shares() {
  for (let i = 0; i < 4; i += 1) cluster.fork();
  const { results } = await gather(worker).takeMany(50, { timeoutMs: 600_000 });
  const allowed = [...results.values()].reduce((sum, count) => sum + count, 0);
  const before = await limit.get('a key');
  await limit.reset('a key');
  const after = await limit.get('a key');
  const other = await call(worker, 'any').takeByOtherTerms();
  const [one] = Object.values(cluster.workers);
  await Promise.allSettled([call(worker, { id: one.id }).takeAndDie(), once(one, 'exit')]);
  const { taken } = await limit.get('of the dead');
  console.log(
    JSON.stringify({
      allowed,
      taken: before.taken,
      left: before.remaining,
      after: after.taken,
      other,
      ofTheDead: taken,
    }),
  );
  for (const each of Object.values(cluster.workers)) each.disconnect();
}

/** A program without workers. */
async function alone() {
  // Who asks again and again lets others run.
  let hasRead = false;
  readFile(import.meta.filename, () => (hasRead = true));
  while (!hasRead) await limit.get('k');
  const taken = [
    await limit.take('k', 99),
    await limit.take('k', 2),
    await limit.take('k', -2),
    await limit.take('k'),
  ];
  const refused = [];
  for (const args of [[1], ['k', NaN], ['k', '1']]) {
    await limit.take(...args).catch((error) => refused.push(error.code));
  }
  for (const options of [
    { points: -1, perMs: 1 },
    { points: 1, perMs: 0 },
    { points: '1', perMs: 1 },
  ]) {
    try {
      limiter('l', options);
    } catch (error) {
      refused.push(error.code);
    }
  }
  try {
    limiter('', { points: 1, perMs: 1 });
  } catch (error) {
    refused.push(error.code);
  }
  console.log(
    JSON.stringify({ taken: taken.map((each) => [each.isAllowed, each.remaining, each.taken]), refused }),
  );
}

async function numbers() {
  cluster.fork();
  const told = await call(worker, { id: 1 }).takeWithoutEnd();
  console.log(JSON.stringify({ ...told, left: (await limit.take('k')).remaining }));
  for (const each of Object.values(cluster.workers)) each.disconnect();
}

/** What is given up. */
async function gives() {
  const before = await limit.take('k', 1, { signal: AbortSignal.abort('before') }).catch((reason) => reason);
  const controller = new AbortController();
  const given = limit.take('k', 1, { signal: controller.signal }).catch((reason) => reason);
  const kept = limit.take('k', 1, { signal: new AbortController().signal });
  controller.abort('in the same turn');
  const reasons = [before, await given];
  const { taken } = await kept;
  const refused = await limit.take('k', 1, { signal: 1 }).catch(({ code }) => code);
  const long = 'x'.repeat(100_000);
  await limit.take(`${long}1`);
  console.log(
    JSON.stringify({
      reasons,
      taken,
      refused,
      long: [(await limit.take(`${long}1`)).taken, (await limit.take(`${long}2`)).taken],
    }),
  );
}

/** 100,000 keys that stay, and as many whose windows are soon over; run with --expose-gc. */
async function keeps() {
  const usedMb = () => {
    globalThis.gc();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const fill = async (name, perMs) => {
    const many = limiter(name, { points: 1, perMs });
    for (let i = 0; i < 100_000; i += 1000)
      await Promise.all(Array.from({ length: 1000 }, (_, j) => many.take(`203.0.113.7:${i + j}`)));
  };
  await limit.take('k');
  const beginMb = usedMb();
  await fill('staying', 3_600_000);
  const filledMb = usedMb() - beginMb;
  await fill('short', 1000);
  // Nobody asks: what is over is forgotten all the same.
  while (usedMb() - beginMb - filledMb > 5) await new Promise((resolve) => setTimeout(resolve, 100));
  console.log(JSON.stringify({ filledMb, leftMb: usedMb() - beginMb - filledMb }));
}

async function lost() {
  cluster.fork();
  await call(worker, { id: 1 }).takeOn();
  while ((await limit.get('on')).taken === 0);
  process.kill(process.pid, 'SIGKILL');
}

async function hangs() {
  const folder = mkdtempSync(path.join(tmpdir(), 'limits-'));
  const [hanging, done] = ['hanging', 'done'].map((name) => path.join(folder, name));
  cluster.fork();
  const told = call(worker, { id: 1 }).takeInVain(hanging, done, { timeoutMs: 600_000 });
  // When that is answered, what was asked before has arrived.
  await call(worker, { id: 1 }).takeMany(10);
  writeFileSync(hanging, '');
  while (!existsSync(done)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  rmSync(folder, { recursive: true });
  console.log(JSON.stringify(await told));
  for (const each of Object.values(cluster.workers)) each.disconnect();
}

/** A store by itself. */
async function stores() {
  const store = rateLimitStore('hits');
  store.init({ windowMs: 60_000 });
  const told = [];
  const tell = (hits) =>
    told.push(hits && [hits.totalHits, Math.ceil((hits.resetTime.getTime() - Date.now()) / 60_000)]);
  tell(await store.get('k'));
  tell(await store.increment('k'));
  tell(await store.increment('k'));
  await store.decrement('k');
  tell(await store.get('k'));
  await store.increment('other');
  await store.resetKey('k');
  tell(await store.get('k'));
  tell(await store.get('other'));
  await store.resetAll();
  tell(await store.get('other'));
  console.log(JSON.stringify({ told }));
}

/** Limits of one name that were made by different functions. */
async function names() {
  const points = 3;
  const limiters = [
    (key) =>
      limiter('x', { points, perMs: 60_000 })
        .take(key)
        .then(({ taken }) => taken),
    (key) => store.increment(key).then(({ totalHits }) => totalHits),
    (key) => flexible.consume(key).then(({ consumedPoints }) => consumedPoints),
  ];
  const store = storeOf(1000);
  const flexible = new RateLimiterCluster({ keyPrefix: 'x', points, duration: 5 });
  const taken = [];
  for (let i = 0; i < 2; i += 1) for (const take of limiters) taken.push(await take('k'));
  const messages = [];
  for (const other of [
    () => limiter('x', { points: 4, perMs: 60_000 }).take('k'),
    () => storeOf(2000).increment('k'),
    () => new RateLimiterCluster({ keyPrefix: 'x', points, duration: 6 }).consume('k'),
  ])
    await other().catch(({ code, message }) => messages.push(`${code}: ${message}`));
  console.log(JSON.stringify({ taken, messages }));
}

/** What rate-limiter-flexible's class does with what is left out, and what of ours cannot be changed. */
async function flexibly() {
  const flexible = new RateLimiterCluster({ keyPrefix: 'y', points: 3, duration: 60 });
  const blocked = [];
  for (const secDuration of [undefined, null, NaN, -1]) {
    const { msBeforeNext } = await flexible.block('blocked', secDuration);
    blocked.push([msBeforeNext, (await flexible.get('blocked')).msBeforeNext]);
  }
  const consumed = [];
  for (const deed of ['consume', 'penalty', 'reward'])
    consumed.push((await flexible[deed]('k', 1, null)).consumedPoints);
  const changed = [];
  const before = ['points', 'duration', 'blockDuration', 'execEvenly', 'keyPrefix', 'timeoutMs'].map(
    (name) => {
      const value = flexible[name];
      try {
        flexible[name] = value;
        changed.push(name);
      } catch {}
      return value;
    },
  );
  const wrong = [];
  for (const timeoutMs of [-1, NaN, '1'])
    for (const make of [
      () => new RateLimiterCluster({ points: 1, duration: 1, timeoutMs }),
      () => rateLimitStore('y', { timeoutMs }),
    ]) {
      try {
        make();
      } catch (error) {
        wrong.push(error.code);
      }
    }
  console.log(JSON.stringify({ blocked, consumed, before, changed, wrong }));
}

function storeOf(windowMs) {
  const store = rateLimitStore('x');
  store.init({ windowMs });
  return store;
}
