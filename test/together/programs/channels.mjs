// Workers and their primary on channels: node channels.mjs SCENARIO. Prints what came of it as JSON.
import { once } from 'node:events';

import cluster from 'grappolo';
import { call, channel, contract, serve } from 'grappolo/together';

const worker = contract('worker');
const [, , scenario] = process.argv;

if (cluster.isWorker) {
  const heard = [];
  let bytes = 0;
  const news = channel('news');
  news.onmessage = ({ data }) => {
    if (data?.length > 1000) bytes += data.length;
    else heard.push(data);
  };
  serve(worker, {
    ready: () => news.ready(),
    say: (...values) => {
      for (const value of values) news.postMessage(value);
    },
    heard: () => heard,
    bytes: () => bytes,
    dropped: () => news.dropped,
    memory: () => process.memoryUsage().rss,
    /** Many small ones, which are told apart by their numbers. */
    async flood(count) {
      for (let i = 0; i < count; i += 1) {
        news.postMessage({ i, padding: 'x'.repeat(900) });
        // As fast as the primary reads.
        if (i % 500 === 499) await call(contract('primary'), 'primary').echo();
      }
    },
    close: () => news.close(),
    /** In one turn, which is its last. */
    sayAndExit(count) {
      for (let i = 0; i < count; i += 1) news.postMessage(i);
      process.exit(0);
    },
    /** In one turn. */
    burst(count) {
      for (let i = 0; i < count; i += 1) news.postMessage({ i });
    },
  });
} else {
  serve(contract('primary'), { echo: () => true });
  await scenarios()[scenario]();
}

function scenarios() {
  return { hears, stopped, burst, large, uncaught, exits };
}

async function start(count) {
  for (let i = 0; i < count; i += 1) cluster.fork();
  for (let id = 1; id <= count; id += 1) await call(worker, { id }).ready();
}

/** Once a worker answers, it has what was sent to it before. */
async function heardBy(id) {
  return call(worker, { id }).heard();
}

async function end(result) {
  console.log(JSON.stringify(result));
  const workers = Object.values(cluster.workers);
  for (const each of workers) each.disconnect();
  await Promise.all(workers.map((each) => once(each, 'exit')));
}

/** All hear but the one that speaks, in its order. */
async function hears() {
  const own = [];
  const news = channel('news');
  news.addEventListener('message', ({ data }) => own.push(data));
  await start(3);
  await news.ready();
  news.postMessage('from the primary');
  for (const id of [1, 2, 3]) await call(worker, { id }).say(`${id} a`, `${id} b`);
  const deaf = channel('other');
  deaf.onmessage = () => own.push('wrong channel');
  await end({ own, 1: await heardBy(1), 2: await heardBy(2), 3: await heardBy(3) });
  news.close();
  deaf.close();
}

/** One reads nothing while much is said. */
async function stopped() {
  await start(2);
  const before = process.memoryUsage().rss;
  const [, two] = Object.values(cluster.workers);
  two.process.kill('SIGSTOP');
  await call(worker, { id: 1 }).flood(60_000, { timeoutMs: 600_000 });
  const memory = (process.memoryUsage().rss - before) / 2 ** 20;
  const senderMemory = (await call(worker, { id: 1 }).memory()) / 2 ** 20;
  two.process.kill('SIGCONT');
  let dropped = 0;
  let heard = [];
  while (dropped + heard.length < 60_000) {
    heard = await call(worker, { id: 2 }).heard();
    dropped = await call(worker, { id: 2 }).dropped();
  }
  const numbers = heard.map(({ i }) => i);
  await end({
    memory,
    senderMemory,
    dropped,
    all: dropped + numbers.length,
    last: numbers.at(-1),
    isInOrder: numbers.every((i, index) => index === 0 || i > numbers[index - 1]),
  });
}

async function burst() {
  await start(2);
  await call(worker, { id: 1 }).burst(20_000);
  let heard = [];
  while (heard.length < 20_000) heard = await call(worker, { id: 2 }).heard();
  await end({ dropped: await call(worker, { id: 2 }).dropped(), last: heard.at(-1).i });
}

/** A large message holds up nothing, and arrives whole. */
async function large() {
  await start(2);
  await call(worker, { id: 1 }).say(new Uint8Array(10_000_000), 'after it');
  await call(worker, { id: 1 }).say('last');
  while ((await heardBy(2)).length < 2);
  await end({ heard: await heardBy(2), bytes: await call(worker, { id: 2 }).bytes() });
}

/** An error of a listener is the program's, and costs nothing else. */
async function uncaught() {
  const errors = [];
  process.on('uncaughtException', (error) => errors.push(error.message));
  const news = channel('news');
  const heard = [];
  news.addEventListener('message', () => {
    throw new Error('of a listener');
  });
  news.addEventListener('message', ({ data }) => heard.push(data));
  await start(1);
  await news.ready();
  await call(worker, { id: 1 }).say(1, 2);
  await call(worker, { id: 1 }).heard();
  await end({ heard, errors });
  news.close();
}

/** Each says something and ends in the same turn. */
async function exits() {
  let heard = 0;
  const news = channel('news');
  news.onmessage = () => (heard += 1);
  await news.ready();
  for (let i = 0; i < 4; i += 1) {
    const forked = Array.from({ length: 5 }, () => cluster.fork());
    const ended = forked.map((each) => once(each, 'exit'));
    await Promise.all(forked.map(({ id }) => call(worker, { id }).ready()));
    await Promise.allSettled(forked.map(({ id }) => call(worker, { id }).sayAndExit(100)));
    await Promise.all(ended);
  }
  // What is said comes before this.
  await news.ready();
  await end({ heard });
  news.close();
}
