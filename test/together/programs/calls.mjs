// Calls among a primary and its workers: does what its first argument names, and prints what came of it as JSON.
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import cluster from 'grappolo';
import { call, contract, gather, serve } from 'grappolo/together';

const api = contract('test');
const unserved = contract('unserved');
const late = contract('late');
const store = new AsyncLocalStorage();
const me = cluster.worker?.id ?? 0;
let aborted = 0;

// v8.serialize() leaves it out, and what is left cannot be read.
const MODULE = new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));

class Own extends Error {
  name = 'Own';
}

const methods = {
  echo: (value) => value,
  who: () => me,
  slot: () => cluster.worker?.slot,
  caller() {
    return this.callerId;
  },
  async slow(ms) {
    await sleep(ms);
    return me;
  },
  async hang() {
    await once(this.signal, 'abort');
    aborted += 1;
  },
  aborted: () => aborted,
  /** From when it has answered, before it reads anything else. */
  busyFor(ms) {
    setImmediate(() => {
      for (const endMs = performance.now() + ms; performance.now() < endMs;);
    });
  },
  /** The primary has no time to say who is asked. */
  async impatient() {
    await call(api, 'primary').busyFor(500 * Number(process.env.PATIENCE));
    return gather(api).who({ timeoutMs: 50 });
  },
  block: () => {
    for (;;);
  },
  end: () => process.kill(process.pid, 'SIGKILL'),
  stored: () => store.getStore() ?? 'nothing',
  fail: (kind) => {
    if (kind === 'error')
      throw Object.assign(new Own('no', { cause: new TypeError('why') }), { code: 'E_OWN' });
    if (kind === 'text') throw 'a text';
    if (kind === 'undefined') throw undefined;
    if (kind === 'function') throw () => {};
    if (kind === 'rejected') return Promise.reject(new Own('later'));
    if (kind === 'unsendable') return () => {};
    if (kind === 'unreadable') return [undefined, MODULE];
    const error = new Error('strange');
    error.code = () => {};
    throw error;
  },
  /** Calls another from here. */
  via: async (target, method, ...args) => {
    try {
      return { value: await call(api, target)[method](...args) };
    } catch (error) {
      return told(error);
    }
  },
  async kept(target) {
    return store.run('mine', async () => {
      const theirs = await call(api, target).stored();
      return [theirs, store.getStore()];
    });
  },
};

function told(error) {
  return error instanceof Error
    ? { name: error.name, message: error.message, ...(error.code !== undefined && { code: error.code }) }
    : { thrown: error };
}

const outcome = (promise) => promise.then((value) => ({ value }), told);
const codeOf = async (promise) =>
  promise.then(
    (value) => value,
    (error) => error.code ?? error.name,
  );

async function workers(count, env) {
  for (let i = 0; i < count; i += 1) cluster.fork(env);
  // Each serves as soon as it is called.
  for (let slot = 0; slot < count; slot += 1) await call(api, { slot }).who();
}

const scenarios = {
  async targets() {
    await workers(3);
    const any = [];
    for (let i = 0; i < 6; i += 1) any.push(await call(api, 'any').who());
    const busy = new AbortController();
    const slow = Promise.allSettled(
      [0, 1].map(async (slot) => call(api, { slot }).hang({ signal: busy.signal })),
    );
    const least = [];
    for (let i = 0; i < 3; i += 1) least.push(await call(api, 'least-loaded').who());
    busy.abort();
    await slow;
    return {
      primary: await call(api, 'primary').who(),
      slots: await Promise.all([0, 1, 2].map((slot) => call(api, { slot }).slot())),
      ids: await Promise.all([1, 2, 3].map((id) => call(api, { id }).who())),
      inTurn: new Set(any.slice(0, 3)).size === 3 && any.slice(3).join() === any.slice(0, 3).join(),
      least,
      up: await call(api, { id: 2 }).via('primary', 'who'),
      across: await call(api, { id: 2 }).via({ id: 3 }, 'caller'),
      itself: await call(api, { id: 2 }).via({ id: 2 }, 'caller'),
      callerOfPrimary: await call(api, { id: 1 }).caller(),
    };
  },
  async refusals() {
    await workers(2);
    const one = call(api, { id: 1 });
    const codes = {
      slot: await codeOf(call(api, { slot: 7 }).who()),
      id: await codeOf(call(api, { id: 99 }).who()),
      method: await codeOf(one.nothing()),
      inherited: await codeOf(one.toString()),
      clone: await codeOf(one.echo(() => {})),
      answer: await codeOf(one.fail('unsendable')),
      unreadable: await codeOf(one.echo(undefined, MODULE)),
      unreadableAnswer: await codeOf(one.fail('unreadable')),
      timeout: await codeOf(one.hang({ timeoutMs: 50 })),
      aborted: await codeOf(one.hang({ signal: AbortSignal.abort() })),
      reason: await codeOf(one.hang({ signal: AbortSignal.timeout(20) })),
    };
    while ((await one.aborted()) < 2) await sleep(5);
    return codes;
  },
  async thrown() {
    await workers(1);
    const result = {};
    for (const kind of ['error', 'text', 'undefined', 'rejected', 'function', 'strange'])
      result[kind] = await outcome(call(api, 'any').fail(kind));
    const error = await call(api, 'any')
      .fail('error')
      .catch((e) => e);
    return {
      ...result,
      cause: told(error.cause),
      isError: error instanceof Error,
      stack: /calls\.mjs/.test(error.stack),
    };
  },
  async deaths() {
    await workers(3);
    const before = codeOf(call(api, { id: 1 }).hang());
    const itself = codeOf(call(api, { id: 2 }).end());
    // Its caller ends: it hears of it.
    void call(api, { id: 3 })
      .via({ id: 2 }, 'hang')
      .catch(() => {});
    cluster.workers[1].process.kill('SIGKILL');
    return [await before, await itself, await codeOf(call(api, { id: 1 }).who())];
  },
  async callerDies() {
    await workers(2);
    const gone = codeOf(call(api, { id: 1 }).via({ id: 2 }, 'hang'));
    await call(api, { id: 1 }).via({ id: 2 }, 'who');
    cluster.workers[1].process.kill('SIGKILL');
    const code = await gone;
    while ((await call(api, { id: 2 }).aborted()) === 0) await sleep(5);
    return code;
  },
  async starting() {
    cluster.fork({ SERVE_AFTER_MS: 300 });
    const worker = call(late, { slot: 0 }).who();
    const up = call(api, { id: 1 }).via2();
    setTimeout(() => serve(late, { who: () => me }), 300);
    return [await worker, await up];
  },
  async gathered() {
    await workers(8);
    void call(api, { slot: 2 })
      .block()
      .catch(() => {});
    const startMs = performance.now();
    const asked = gather(api).slow(300, { timeoutMs: 2000 });
    setTimeout(() => cluster.workers[6].process.kill('SIGKILL'), 100);
    const { results, errors, missing } = await asked;
    const tookMs = performance.now() - startMs;
    return {
      slots: [...results.keys()].toSorted(),
      errors: [...errors].map(([slot, { code }]) => [slot, code]),
      missing,
      inTime: tookMs >= 1990 && tookMs < 2000 * Number(process.env.PATIENCE),
    };
  },
  async storage() {
    await workers(2);
    return {
      primary: await store.run('secret', () => methods.kept({ id: 1 })),
      worker: await store.run('secret', () => call(api, { id: 1 }).kept({ id: 2 })),
      itself: await store.run('secret', () => methods.kept('primary')),
    };
  },
  async unknown() {
    await workers(1);
    const asked = call(api, { id: 1 }).impatient();
    return codeOf(asked);
  },
  async servedAgain() {
    const again = contract('again');
    const first = serve(again, { who: () => 1 });
    first.close();
    serve(again, { who: () => 2 });
    first.close();
    return call(again, 'primary').who();
  },
  async large() {
    await workers(2);
    const sent = Buffer.alloc(10e6, 'grappolo');
    const isSame = (got) => Buffer.compare(got, sent) === 0;
    return [
      isSame(await call(api, { id: 1 }).echo(sent)),
      isSame((await call(api, { id: 1 }).via({ id: 2 }, 'echo', sent)).value),
    ];
  },
  async many() {
    await workers(1);
    const one = call(api, { id: 1 }, { timeoutMs: 600_000 });
    const results = await Promise.all(Array.from({ length: 100_000 }, (_, i) => one.echo(i)));
    return results.every((value, i) => value === i);
  },
  async alone() {
    return {
      primary: await call(api, 'primary')
        .echo(new Map([[1, 2]]))
        .then((map) => map.get(1)),
      any: await call(api, 'any').who(),
      gathered: (await gather(api).who()).results.size,
    };
  },
  async thread() {
    const worker = new Worker(
      `import('grappolo/together').then(({ call, contract }) => {
        const { parentPort } = require('node:worker_threads');
        call(contract('test'), 'primary').who().catch((error) => parentPort.postMessage(error.code));
      })`,
      { eval: true },
    );
    const [code] = await once(worker, 'message');
    return code;
  },
  async primaryDies() {
    await workers(1);
    await call(api, { id: 1 }).orphan();
    process.kill(process.pid, 'SIGKILL');
  },
};

if (cluster.isPrimary) {
  serve(api, methods);
  const result = await scenarios[process.argv[2]]();
  console.log(JSON.stringify(result));
  for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
} else {
  const serving = () => {
    serve(late, { who: () => me });
    serve(api, {
      ...methods,
      via2: () => call(late, 'primary').who(),
      orphan: () => {
        // A worker ends with its primary: here not before it has said what it sees of that.
        const { exit } = process;
        process.exit = () => {};
        void codeOf(call(api, 'primary').hang()).then(async (code) => {
          console.log(JSON.stringify([code, await codeOf(call(api, 'primary').who())]));
          exit();
        });
      },
    });
  };
  setTimeout(serving, Number(process.env.SERVE_AFTER_MS ?? 0));
}
