// A primary and two workers that do with locks what the primary says, in order. The scenario is named by the first argument, and what
// happened is printed as one line of JSON.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';

import { locks } from 'grappolo/together';

const SCENARIOS = { order, shared, ifAvailable, steal, signal, kill, killWaiting, exit, query, orphan };

/** What a process does: requests that are held until they are released, by number. */
class Actor {
  #releases = new Map();
  #aborts = new Map();

  constructor(tell) {
    this.tell = tell;
  }

  act({ type, n, name, options = {} }) {
    if (type === 'release') this.#releases.get(n)();
    else if (type === 'abort') this.#aborts.get(n).abort();
    else this.#request(n, name, options);
  }

  #request(n, name, { canAbort, ...options }) {
    const abort = new AbortController();
    this.#aborts.set(n, abort);
    locks
      .request(name, canAbort ? { signal: abort.signal } : options, (lock) => {
        this.tell({ n, is: lock ? 'granted' : 'null' });
        return lock && new Promise((resolve) => this.#releases.set(n, resolve));
      })
      .then(
        () => this.tell({ n, is: 'done' }),
        (error) =>
          this.tell({
            n,
            is: error.code && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name,
          }),
      );
  }
}

if (cluster.isPrimary) await primary();
else {
  const actor = new Actor((told) => process.send(told));
  process.on('message', (deed) => actor.act(deed));
  process.send('ready');
}

async function primary() {
  const workers = [cluster.fork(), cluster.fork()];
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const told = new Map();
  const waiting = new Set();
  const log = [];
  let last = 0;
  const hear =
    (who) =>
    ({ n, is }) => {
      told.set(n, [...(told.get(n) ?? []), is]);
      log.push(`${who}${n} ${is}`);
      for (const look of waiting) look();
    };
  const [a, b] = workers;
  a.on('message', hear('a'));
  b.on('message', hear('b'));
  const own = new Actor(hear('p'));
  const send = (who, deed) => (who === 'p' ? own.act(deed) : { a, b }[who].send(deed));
  /** Resolves when it was told so. */
  const until = (n, is) =>
    new Promise((resolve) => {
      const look = () => {
        if (!told.get(n)?.includes(is)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const world = {
    a,
    b,
    until,
    request(who, options, name = 'l') {
      last += 1;
      send(who, { type: 'request', n: last, name, options });
      return last;
    },
    release: (who, n) => send(who, { type: 'release', n }),
    abort: (who, n) => send(who, { type: 'abort', n }),
    /** Resolves when so many wait for it. */
    async pending(count) {
      while ((await locks.query()).pending.length !== count) await turn();
    },
  };
  const more = await SCENARIOS[process.argv[2]](world);
  console.log(JSON.stringify({ log, ...more }));
  for (const worker of workers) worker.process.kill('SIGKILL');
}

async function order({ request, release, until, pending }) {
  const who = ['a', 'b', 'p', 'a'];
  const numbers = [];
  for (const [i, each] of who.entries()) {
    numbers.push(request(each));
    await (i === 0 ? until(1, 'granted') : pending(i));
  }
  for (const [i, n] of numbers.entries()) {
    await until(n, 'granted');
    release(who[i], n);
    await until(n, 'done');
  }
}

async function shared({ request, release, until, pending }) {
  const one = request('a', { mode: 'shared' });
  const two = request('b', { mode: 'shared' });
  await Promise.all([until(one, 'granted'), until(two, 'granted')]);
  const three = request('p');
  await pending(1);
  const four = request('a', { mode: 'shared' });
  await pending(2);
  release('a', one);
  await until(one, 'done');
  release('b', two);
  await until(three, 'granted');
  release('p', three);
  await until(four, 'granted');
}

async function ifAvailable({ request, release, until }) {
  const one = request('a', { ifAvailable: true });
  await until(one, 'granted');
  const two = request('b', { ifAvailable: true });
  await until(two, 'done');
  release('a', one);
  await until(one, 'done');
  const three = request('p', { ifAvailable: true });
  await until(three, 'granted');
}

async function steal({ request, release, until, pending }) {
  const one = request('a');
  await until(one, 'granted');
  const two = request('p');
  await pending(1);
  const three = request('b', { steal: true });
  await Promise.all([until(one, 'AbortError ERR_GRAPPOLO_LOCK_STOLEN'), until(three, 'granted')]);
  release('b', three);
  await until(two, 'granted');
}

async function signal({ request, abort, until, pending }) {
  const one = request('a');
  await until(one, 'granted');
  const two = request('b', { canAbort: true });
  await pending(1);
  abort('b', two);
  await until(two, 'AbortError');
  await pending(0);
}

async function kill({ a, request, until, pending }) {
  await until(request('a'), 'granted');
  const two = request('b');
  await pending(1);
  const beganMs = performance.now();
  a.process.kill('SIGKILL');
  await until(two, 'granted');
  return { tookMs: performance.now() - beganMs };
}

async function killWaiting({ a, b, request, release, until, pending }) {
  const one = request('b');
  await until(one, 'granted');
  request('a');
  await pending(1);
  const three = request('p');
  await pending(2);
  a.process.kill('SIGKILL');
  await once(a, 'exit');
  await pending(1);
  release('b', one);
  await until(three, 'granted');
}

async function exit({ a, request, until, pending }) {
  await until(request('a'), 'granted');
  const two = request('p');
  await pending(1);
  a.disconnect();
  a.process.kill('SIGTERM');
  await until(two, 'granted');
}

async function query({ a, b, request, until, pending }) {
  await until(request('a', { mode: 'shared' }), 'granted');
  await until(request('p', {}, 'm'), 'granted');
  request('b');
  await pending(1);
  const ids = [a.id, b.id];
  return { snapshot: await locks.query(), ids };
}

/** The primary dies, and leaves one that holds the lock and one that waits. */
async function orphan({ request, until, pending }) {
  await until(request('a'), 'granted');
  request('b');
  await pending(1);
  process.kill(process.pid, 'SIGKILL');
}
