// A primary whose workers count while something happens that the first argument names; prints what they have counted.
// The second argument is JSON: options of supervise(). A third one is how many descriptors there may be.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { CELLS, METHODS, STATUS_CLASSES } from '../../../.build/src/protocol/numbers.js';
import cluster, { supervise } from '../../../dist/index.cjs';

const { limitMs } = createRequire(import.meta.url)('../../support/limits.cjs');

const [, file, deed, json = '{}', descriptors] = process.argv;
const options = JSON.parse(json);
const DEEDS = {
  counts,
  http: countsHttp,
  measures,
  turnedOff,
  deaths,
  lives,
  twice,
  blocked,
  lost,
  worker: workerLost,
};
const print = (what, value) => console.log(`${what}: ${JSON.stringify(value)}`);
const ended = [];

let app;

function start() {
  return supervise({
    exec: path.join(import.meta.dirname, 'counted.cjs'),
    workers: 2,
    execArgv: [],
    restart: { minDelayMs: 10, maxDelayMs: 50, jitter: 0 },
    drain: { timeoutMs: limitMs(3000), idleGraceMs: 20, killAfterMs: 1000 },
    health: { hangMs: limitMs(60_000) },
    ready: { timeoutMs: limitMs(20_000) },
    onEvent: (event) => {
      if (event.type === 'worker-ended') ended.push(event);
    },
    onOutput: ({ line }) => console.error(line),
    ...options,
  });
}

// Connections by listener and slot, requests by method and status.
async function counts() {
  await counting();
  const [plain, secure] = ports();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 3 });
  await Promise.all(times(20, () => get(plain)));
  for (let i = 0; i < 10; i += 1) await get(plain, '/status?is=404');
  await Promise.all(times(3, () => get(plain, '/slow?ms=50', { agent })));
  for (let i = 0; i < 12; i += 1) await get(plain, '/', { agent, method: 'POST' });
  if (secure) await Promise.all(times(4, () => get(secure, '/', { isSecure: true })));
  await until(async () => countOf(await report()) === 45 + (secure ? 4 : 0));
  // What is open is measured once a second.
  await until(async () => sumOf(connectionsOn(await report(), plain), 'open') === 3);
  const all = await report();
  for (const port of ports()) {
    const connections = connectionsOn(all, port);
    const { accepted, dropped, waiting } = all.listeners.find(({ name }) => name === nameOf(port));
    print(port === plain ? 'plain' : 'secure', {
      accepted: sumOf(connections, 'accepted'),
      open: sumOf(connections, 'open'),
      kept: sumOf(connections, 'handedOver') - sumOf(connections, 'takenBack'),
      primary: [accepted, dropped, waiting],
    });
  }
  print('requests', requestsOf(all));
  print('in flight', totalOf(all, CELLS.inFlight));
  print('durations', totalOf(all, CELLS.durations) === countOf(all));
  agent.destroy();
}

// What becomes of a request.
async function countsHttp() {
  await counting();
  const [port] = ports();
  const inFlight = async (count) => until(async () => totalOf(await report(), CELLS.inFlight) === count);
  const hanging = connect(port, 'GET /hang HTTP/1.1\r\nHost: a\r\n\r\n');
  await inFlight(1);
  hanging.destroy();
  await inFlight(0);
  print('aborted', totalOf(await report(), CELLS.aborted));

  const behind = connect(
    port,
    `GET /hang HTTP/1.1\r\nHost: a\r\n\r\n${'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2)}`,
  );
  await inFlight(3);
  behind.destroy();
  await inFlight(0);
  print('aborted behind another', totalOf(await report(), CELLS.aborted) - 1);

  const pipelined = connect(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3));
  await until(async () => countOf(await report()) === 3);
  pipelined.destroy();
  print('pipelined', requestsOf(await report()));

  const upgraded = connect(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n');
  await once(upgraded, 'data');
  const early = connect(port, 'POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf');
  await once(early, 'data');
  early.destroy();
  await until(async () => sumOf(connectionsOn(await report(), port), 'open') === 1);
  print('upgraded, in flight', totalOf(await report(), CELLS.inFlight));
  upgraded.destroy();

  for (const status of [204, 302, 500]) await get(port, `/status?is=${status}`);
  for (const method of ['HEAD', 'PUT', 'PROPFIND']) await get(port, '/', { method });
  await get(port, '/slow?ms=120');
  await until(async () => countOf(await report()) === 11);
  const all = await report();
  print('requests', requestsOf(all));
  print('aborted in all', totalOf(all, CELLS.aborted));
  const { at } = CELLS.durations;
  print(
    'longer than 0.1 s',
    all.slots[0].cells.slice(at + 6, at + CELLS.durations.length).some((count) => count > 0),
  );
  print('sum of durations', all.slots[0].cells[CELLS.durationSum.at] > 0.1);
}

// What is measured, and that it gets old where nothing is.
async function measures() {
  await counting();
  const [port] = ports();
  const now = async (cell) => (await report()).slots[0].cells[cell.at];
  await get(port, '/block?ms=200');
  await until(async () => (await now(CELLS.delayMax)) >= 0.18);
  print('busy', (await now(CELLS.utilization)) > 0.1);
  print('CPU time', (await now(CELLS.cpuUser)) >= 0.1);
  print('memory', (await now(CELLS.memory)) > 2 ** 24);
  const limit = (await now(CELLS.heapLimit)) / 2 ** 20;
  print('heap', limit >= 64 && limit < 200 && (await now(CELLS.heapUsed)) < limit * 2 ** 20);
  await until(async () => Math.abs((await now(CELLS.descriptors)) - (await about(port)).descriptors) <= 2);
  const [{ pid }] = app.status().workers;
  process.kill(pid, 'SIGSTOP');
  await until(async () => (await report()).slots[0].ageMs > 2500);
  print('stopped', (await now(CELLS.memory)) > 0);
  process.kill(pid, 'SIGCONT');
  await until(async () => (await report()).slots[0].ageMs < 1500);
  connect(port, 'GET /forever HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(async () => (await report()).slots[0].ageMs > 2500);
  print('for ever, in flight', await now(CELLS.inFlight));
  process.kill(pid, 'SIGKILL');
  await until(async () => (await report()).slots[0].ageMs < 1500 && (await now(CELLS.inFlight)) === 0);
  print('restarts', (await report()).slots[0].restarts);
}

// Nobody counts where nobody reads.
async function turnedOff() {
  const [port] = ports();
  const { isHeard, timers, pages } = await about(port);
  print('before', [isHeard, pages]);
  const agent = new http.Agent({ keepAlive: true });
  await get(port, '/', { agent });
  await counting();
  // It was open before anybody counted, and none has come since.
  await until(async () => sumOf(connectionsOn(await report(), port), 'open') === 1);
  const counted = await about(port);
  print('counting', [counted.isHeard, counted.pages]);
  for (let i = 0; i < 5; i += 1) await post(port);
  await until(async () => postsOf(await report()) === 5);
  const supervision = cluster[Symbol.for('grappolo.supervision')];
  supervision.count(false);
  await until(async () => !(await about(port)).isHeard.includes(true));
  print('timers kept', (await about(port)).timers - timers);
  for (let i = 0; i < 3; i += 1) await post(port);
  const [slot] = supervision.numbers().slots;
  print('off', [slot.ageMs ?? null, slot.cells[CELLS.inFlight.at], postsOf(supervision.numbers())]);
  await counting();
  for (let i = 0; i < 2; i += 1) await post(port);
  await until(async () => postsOf(await report()) >= 7);
  print('on again', postsOf(await report()));
  agent.destroy();
}

// Workers are killed under load, reloaded, scaled and replaced.
async function deaths() {
  await counting();
  const [port] = ports();
  const load = new Load(port);
  const watch = new Watch();
  const kills = 10;
  for (let i = 0; i < kills; i += 1) {
    const ready = await until(() =>
      app
        .status()
        .workers.filter(({ state }) => state === 'ready')
        .at(i % 2),
    );
    process.kill(ready.pid, 'SIGKILL');
    await until(() => ended.length === i + 1);
    const answered = load.answered;
    await until(() => load.answered > answered + 20);
    await watch.look();
  }
  await until(() => app.status().ready === app.status().slots);
  const between = { failed: load.failed, kills };
  await app.reload();
  await watch.look();
  await app.scale(3);
  await app.scale(1);
  await watch.look();
  await app.replace(0);
  await watch.look();
  await load.stop();
  print('failed but for the killed', load.failed - between.failed);
  const isNear = ({ failed }, counted) => Math.abs(counted - load.answered) <= failed + kills;
  await until(
    async () => isNear(between, countOf(await report())),
    () => `${load.answered} answered`,
  );
  const all = await report();
  const aborted = totalOf(all, CELLS.aborted);
  console.error(
    `${load.answered} answered, ${countOf(all)} counted, ${load.failed} failed, ${aborted} aborted`,
  );
  print('fallen', watch.fallen);
  print(
    'restarts',
    all.slots.reduce((sum, { restarts }) => sum + (restarts.signal ?? 0), 0),
  );
}

// No descriptor is kept of workers that are gone.
async function lives() {
  await counting();
  await app.replace(0);
  await counting();
  const here = () => readdirSync('/proc/self/fd').length;
  const before = here();
  const [port] = ports();
  const { descriptors } = await about(port);
  for (let i = 0; i < 50; i += 1) {
    const [{ pid }] = app.status().workers;
    // Some before they have their page.
    if (i % 2 === 0) await until(() => app.status().ready === 1);
    process.kill(pid, 'SIGKILL');
    await until(() => ended.length === i + 2);
    await until(() => app.status().workers[0]?.pid !== undefined);
    await report();
  }
  await counting();
  await until(
    () => here() <= before,
    () => `${here() - before} descriptors more`,
  );
  await until(async () => (await about(port)).descriptors <= descriptors);
}

// Two supervisors one after the other.
async function twice() {
  await counting();
  await get(ports()[0]);
  await until(async () => countOf(await report()) === 1);
  await app.close();
  const late = await app.report(false);
  print('late', late.status.phase);
  app = await start();
  print('heard', (await about(ports()[0])).isHeard);
  const before = countOf(await report());
  await counting();
  await get(ports()[0]);
  await until(async () => countOf(await report()) === before + 1);
}

// A worker blocks: what it has not taken goes to the other.
async function blocked() {
  await counting();
  const [port] = ports();
  void get(port, '/block?ms=1500').catch(() => {});
  await until(async () => totalOf(await report(), CELLS.inFlight) === 1);
  await Promise.all(times(20, () => get(port, '/')));
  await until(async () => countOf(await report()) === 21);
  const connections = connectionsOn(await report(), port);
  print('taken back', sumOf(connections, 'takenBack') > 0);
  print('accepted', sumOf(connections, 'accepted'));
  print('kept', sumOf(connections, 'handedOver') - sumOf(connections, 'takenBack'));
}

// The primary can make no page: the worker sends its numbers.
async function lost() {
  const { openSync, closeSync } = await import('node:fs');
  const taken = [];
  const [port] = ports();
  try {
    for (;;) taken.push(openSync('/dev/null'));
  } catch (error) {
    print('taken', error.code);
  }
  await report();
  for (const fd of taken) closeSync(fd);
  await counting();
  print('pages', (await about(port)).pages);
  await get(port);
  await until(async () => countOf(await report()) >= 1);
}

// The worker has no descriptor for a while: it lives, and counts when it has some again.
async function workerLost() {
  const [worker] = Object.values(cluster.workers);
  const does = async (what) => {
    worker.send(what);
    await once(worker, 'message');
  };
  await does('take all');
  await report();
  // Its pulse comes once a second.
  await sleep(2500);
  await does('give back');
  await counting();
  const [port] = ports();
  print('pages', (await about(port)).pages);
  await until(async () => countOf(await report()) >= 1);
  print('ended', ended.length);
}

/** Keeps a few clients busy, on connections of their own and on kept ones. */
class Load {
  answered = 0;
  failed = 0;
  #isOver = false;
  #agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
  #clients;

  constructor(port) {
    this.#clients = times(8, (index) => this.#ask(port, index % 2 === 0 ? this.#agent : false));
  }

  async stop() {
    this.#isOver = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #ask(port, agent) {
    while (!this.#isOver) {
      try {
        await get(port, '/', { agent });
        this.answered += 1;
      } catch {
        this.failed += 1;
      }
      await sleep(2);
    }
  }
}

/** Whether a counter of a slot, or of a connection, was ever less than before. */
class Watch {
  fallen = 0;
  #before = new Map();

  async look() {
    const all = await report();
    for (const { slot, cells, connections } of all.slots) {
      for (const [name, { at, length, mode }] of Object.entries(CELLS)) {
        if (mode !== 'count') continue;
        for (let i = at; i < at + length; i += 1) this.#see(`${slot} ${name} ${i}`, cells[i] ?? 0);
      }
      for (const { listener, handedOver, takenBack, accepted } of connections)
        for (const [name, value] of Object.entries({ handedOver, takenBack, accepted }))
          this.#see(`${slot} ${listener} ${name}`, value);
    }
    for (const { name, accepted, dropped } of all.listeners) {
      this.#see(`${name} accepted`, accepted);
      this.#see(`${name} dropped`, dropped);
    }
  }

  #see(what, value) {
    const before = this.#before.get(what) ?? 0;
    if (value < before) {
      console.error(`${what} fell from ${before} to ${value}`);
      this.fallen += 1;
    }
    this.#before.set(what, value);
  }
}

function report() {
  return app.report(false);
}

/** Waits until all workers count. */
async function counting() {
  await until(async () => {
    const { slots, status } = await report();
    return (
      slots.filter(({ slot, ageMs }) => slot < status.slots && ageMs !== undefined).length === status.slots
    );
  });
}

function ports() {
  return app.status().addresses.map(({ port }) => port);
}

function nameOf(port) {
  return `tcp://127.0.0.1:${port}`;
}

function connectionsOn({ slots }, port) {
  return slots.flatMap(({ connections }) => connections.filter(({ listener }) => listener === nameOf(port)));
}

function totalOf({ slots }, { at, length }) {
  return slots.reduce((sum, { cells }) => sum + cells.slice(at, at + length).reduce((a, b) => a + b, 0), 0);
}

function countOf(all) {
  return totalOf(all, CELLS.requests);
}

function requestsOf(all) {
  const found = {};
  for (const [row, method] of METHODS.entries()) {
    for (const [column, status] of STATUS_CLASSES.entries()) {
      const count = totalOf(all, { at: CELLS.requests.at + row * STATUS_CLASSES.length + column, length: 1 });
      if (count > 0) found[`${method} ${status}`] = count;
    }
  }
  return found;
}

function postsOf(all) {
  return requestsOf(all)['POST 2xx'] ?? 0;
}

function post(port) {
  return get(port, '/', { method: 'POST' });
}

async function about(port) {
  return JSON.parse(await get(port, '/about'));
}

async function get(port, url = '/', { agent = false, method = 'GET', isSecure = false } = {}) {
  const signal = AbortSignal.timeout(limitMs(20_000));
  const { request } = isSecure ? https : http;
  const sent = request({
    port,
    host: '127.0.0.1',
    path: url,
    agent,
    method,
    signal,
    rejectUnauthorized: false,
  }).end();
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return body;
}

function connect(port, text) {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(text);
  return socket;
}

function times(count, make) {
  return Array.from({ length: count }, (_, index) => make(index));
}

function sumOf(all, name) {
  return all.reduce((sum, each) => sum + each[name], 0);
}

async function until(holds, why = () => holds.toString()) {
  const untilMs = performance.now() + limitMs(15_000);
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (performance.now() > untilMs) {
      console.error(
        JSON.stringify(
          (await report()).slots.map(({ slot, ageMs, connections }) => ({ slot, ageMs, connections })),
        ),
      );
      throw new Error(`not in time: ${why()}`);
    }
    await sleep(20);
  }
}

if (descriptors === undefined) {
  app = await start();
  await DEEDS[deed]();
  await app.close();
} else {
  const limited = ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath, file, deed, json];
  const [code] = await once(spawn('/bin/sh', limited, { stdio: 'inherit' }), 'close');
  process.exitCode = code;
}
