// Workers that share limits: node limits.mjs SCENARIO. Prints what came of it as JSON.
import { once } from 'node:events';
import { readFile } from 'node:fs';

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
    takeAndDie() {
      for (let i = 0; i < 10; i += 1) limit.take('of the dead').catch(() => {});
      setImmediate(() => process.kill(process.pid, 'SIGKILL'));
    },
  });
} else {
  const scenarios = { shares, alone, gives, keeps, lost, stores, names };
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

function storeOf(windowMs) {
  const store = rateLimitStore('x');
  store.init({ windowMs });
  return store;
}
