// Workers that share limits: node limits.mjs SCENARIO. Prints what came of it as JSON.
import { once } from 'node:events';
import { readFile } from 'node:fs';

import cluster from 'grappolo';
import { call, contract, gather, limiter, serve } from 'grappolo/together';

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
    takeAndDie() {
      for (let i = 0; i < 10; i += 1) limit.take('of the dead').catch(() => {});
      setImmediate(() => process.kill(process.pid, 'SIGKILL'));
    },
  });
} else {
  const scenarios = { shares, alone };
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
