// Calls that nobody reads: node pending.mjs SCENARIO. Prints as JSON how many were refused, with what, and what became of the others.
import cluster from 'grappolo';
import { call, contract, gather, limiter, rateLimitStore, serve } from 'grappolo/together';

const MEBIBYTE = 'x'.repeat(2 ** 20);
const api = contract('test');
const late = contract('late');
const options = { timeoutMs: 600_000 };

const sizeOf = (value) => value.length;

/** Makes so many calls at once; each gives what it was refused with, or what it gave. */
function many(count, make) {
  return Array.from({ length: count }, () =>
    make().then(
      (value) => ({ value }),
      ({ code, message }) => ({ code, message }),
    ),
  );
}

/** How many were answered with that, and what the others were refused with. */
function summary(results, value) {
  const refused = results.filter((result) => 'code' in result);
  return {
    answered: results.filter((result) => !('code' in result) && result.value === value).length,
    refused: refused.length,
    codes: [...new Set(refused.map(({ code }) => code))],
    messages: [...new Set(refused.map(({ message }) => message))],
  };
}

async function start(count) {
  for (let i = 0; i < count; i += 1) cluster.fork();
  for (let slot = 0; slot < count; slot += 1) await call(api, { slot }).sizeOf('');
  return Object.values(cluster.workers);
}

const scenarios = {
  /** A worker that is stopped: the primary and another worker call it. */
  async stopped() {
    const [one] = await start(2);
    one.process.kill('SIGSTOP');
    const stopped = call(api, { id: 1 }, options);
    const calls = many(100, () => stopped.sizeOf(MEBIBYTE));
    // Those that are refused are so at once.
    const refusedByThen = await Promise.race(calls.slice(99));
    const byWorker = await call(api, { id: 2 }).ask(1);
    const other = await call(api, { id: 2 }, options).sizeOf(MEBIBYTE);
    const { errors, results } = await gather(api).sizeOf('x');
    one.process.kill('SIGCONT');
    return {
      ofPrimary: summary(await Promise.all(calls), 2 ** 20),
      refusedByThen: refusedByThen.code,
      byWorker,
      other,
      gathered: [[...results], [...errors].map(([slot, { code }]) => [slot, code])],
      later: await stopped.sizeOf('x'),
    };
  },
  /** A primary that is stopped, for one turn of the event loop of a worker that calls it. */
  async inOneTurn() {
    await start(1);
    return call(api, { id: 1 }, options).askInOneTurn();
  },
  async starting() {
    await start(1);
    const calls = many(10_001, () => call(late, { slot: 0 }, options).sizeOf('x'));
    const refused = await Promise.race(calls.slice(10_000));
    const { errors } = await gather(late).sizeOf('x');
    await call(api, { slot: 0 }).serveLate();
    return {
      ...summary(await Promise.all(calls), 1),
      last: refused.code,
      gathered: [...errors].map(([slot, { code }]) => [slot, code]),
    };
  },
};

if (cluster.isPrimary) {
  serve(api, { sizeOf });
  console.log(JSON.stringify(await scenarios[process.argv[2]]()));
  for (const each of Object.values(cluster.workers)) each.process.kill('SIGKILL');
} else {
  serve(api, {
    sizeOf,
    ask: async (id) => summary(await Promise.all(many(1, () => call(api, { id }).sizeOf('x')))),
    async askInOneTurn() {
      process.kill(process.ppid, 'SIGSTOP');
      const calls = many(100, () => call(api, 'primary', options).sizeOf(MEBIBYTE));
      const limits = [
        ...many(1, () => limiter('a', { points: 1, perMs: 60_000 }).take('a key')),
        ...many(1, () => rateLimitStore('b').increment('a key')),
      ];
      process.kill(process.ppid, 'SIGCONT');
      const told = {
        calls: summary(await Promise.all(calls), 2 ** 20),
        limits: summary(await Promise.all(limits)),
        later: await call(api, 'primary').sizeOf('x'),
        laterTaken: (await limiter('a', { points: 1, perMs: 60_000 }).take('a key')).taken,
      };
      return told;
    },
    serveLate: () => void serve(late, { sizeOf }),
  });
}
