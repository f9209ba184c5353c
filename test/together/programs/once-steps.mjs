// A program without workers, which does its jobs itself: prints a line for each step.
import { every, runOnce } from 'grappolo/together';

const both = [runOnce('a', async () => 'result'), runOnce('a', () => 'not run')];
console.log((await Promise.all(both)).join());

const unsendable = [runOnce('f', async () => () => 'result'), runOnce('f', () => 'not run')];
console.log((await Promise.all(unsendable)).map((value) => typeof value).join());

const failing = runOnce('a', async () => {
  throw new RangeError('no');
}).catch((error) => error.name);
console.log(await failing, await runOnce('a', () => 'next'));

const stopping = new AbortController();
const job = runOnce(
  'b',
  { signal: stopping.signal },
  ({ signal }) => new Promise((resolve) => (signal.onabort = resolve)),
);
const waiting = runOnce('b', { signal: stopping.signal }, () => 'not run').catch((error) => error.name);
stopping.abort();
console.log(await waiting);
await job.catch(() => {});

for (const schedule of [0, NaN, Infinity, 'never']) {
  try {
    every('c', schedule, () => {});
  } catch (error) {
    console.log(error.code);
  }
}

const errors = [];
await new Promise((resolve) => {
  const scheduled = every(
    'd',
    5,
    { onError: (error) => errors.push(error.message), onMissed: () => {} },
    () => {
      if (errors.length === 2) void scheduled.stop().then(resolve);
      throw new Error('run failed');
    },
  );
});
console.log(errors.join());

// A schedule has no name in common with a job.
const scheduled = every('e', 1, () => {});
const others = await Promise.all(['e', 'every e'].map((name) => runOnce(name, () => `did ${name}`)));
console.log(others.join());
await scheduled.stop();
