// Starts a contestant, a primary with its workers, and ends it again, whatever happens.
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { cpuMs, isRunning, processesWith, treeOf } from './measure/process-tree.js';

const PROGRAMS = path.join(import.meta.dirname, 'programs');
const START_LIMIT_MS = 60_000;
const END_LIMIT_MS = 5_000;
const MARK = 'BENCH_RUN';
const RUN = randomUUID();

const started = new Set();
process.on('exit', () => {
  for (const pid of started) endTree(pid);
});

/** Thrown where a contestant cannot run here at all. */
export class NotAvailable extends Error {}

/**
 * Runs `use` with a contestant that listens, then ends it.
 *
 * @param options `program` of the workers, `workers`, and if wanted `node`, `env`, `isReforking`
 */
export async function withServer(contestant, options, use) {
  const server = await startServer(contestant, options);
  try {
    return await Promise.race([use(server), server.failed]);
  } finally {
    await server.end();
  }
}

/** A process of this run: known by a mark, and ended with the benchmark. */
export function startProcess(file, { node = process.execPath, args = [], env = {}, silent = false } = {}) {
  const {
    GRAPPOLO_LANE: _lane,
    NODE_CLUSTER_SCHED_POLICY: _policy,
    NODE_TEST_CONTEXT: _context,
    ...inherited
  } = process.env;
  const child = fork(file, args, {
    execPath: node,
    execArgv: [],
    env: { ...inherited, [MARK]: RUN, ...env },
    silent,
  });
  started.add(child.pid);
  child.once('exit', () => started.delete(child.pid));
  return child;
}

/** Ends what a run has left, and says what that was. */
export function endSurvivors() {
  const survivors = processesWith(`${MARK}=${RUN}`);
  for (const pid of survivors) kill(pid);
  return survivors;
}

async function startServer(contestant, { program, workers, node, env = {}, isReforking = false }) {
  if (contestant.reusePort && !hasReusePort(process.versions.node)) {
    throw new NotAvailable('reusePort came with Node 22.12; before, it is ignored');
  }
  const port = contestant.reusePort ? await freePort() : 0;
  const child = startProcess(path.join(PROGRAMS, 'primary.js'), {
    node,
    env: {
      ...env,
      ...contestant.env,
      BENCH_LISTEN: JSON.stringify({ host: '127.0.0.1', port, reusePort: contestant.reusePort ?? false }),
      BENCH_PRIMARY: JSON.stringify({
        cluster: contestant.cluster,
        policy: contestant.policy,
        workers,
        program: path.join(PROGRAMS, program),
        isReforking,
      }),
    },
  });
  const failed = failureOf(child);
  // Whoever waits for it hears of it; nobody may be waiting.
  failed.catch(() => {});
  try {
    const state = await Promise.race([listening(child, contestant.cluster === null ? 1 : workers), failed]);
    return {
      pid: child.pid,
      port: state.port,
      startMs: state.ms,
      failed,
      workerPids: () => state.pids,
      cpu: () => startCpuClock(child.pid),
      end: () => endServer(child),
    };
  } catch (error) {
    await endServer(child);
    throw error;
  }
}

function failureOf(child) {
  const { promise, reject } = withResolvers();
  child.on('message', ({ type, reason }) => {
    if (type === 'unavailable') reject(new NotAvailable(reason));
    if (type === 'failed') reject(new Error(reason));
  });
  child.once('error', reject);
  child.once('exit', (code, signal) => reject(new Error(`the primary ended with ${signal ?? code}`)));
  return promise;
}

/** Who listens, and where, from the moment when all workers do; it is kept up to date. */
async function listening(child, workers) {
  const { promise, resolve, reject } = withResolvers();
  const timer = setTimeout(
    () => reject(new Error(`Not listening after ${START_LIMIT_MS} ms`)),
    START_LIMIT_MS,
  );
  // Whoever fails before does not clear it.
  timer.unref();
  const state = {};
  child.on('message', ({ type, ...message }) => {
    if (type !== 'listening' && type !== 'exit') return;
    Object.assign(state, message);
    if (state.pids.length === workers) resolve(state);
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Gives a function that tells the CPU time since now, of the primary and of the whole tree. */
function startCpuClock(pid) {
  const pids = treeOf(pid);
  const before = cpuMs(pids);
  return () => {
    const used = new Map([...cpuMs(pids)].map(([each, ms]) => [each, ms - before.get(each)]));
    return { primaryMs: used.get(pid), treeMs: [...used.values()].reduce((a, b) => a + b, 0) };
  };
}

async function endServer(child) {
  const ended = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'exit');
  const pids = endTree(child.pid);
  await ended;
  const deadline = performance.now() + END_LIMIT_MS;
  while (pids.some(isRunning)) {
    if (performance.now() > deadline) throw new Error(`Cannot end processes ${pids.join(', ')}`);
    await delay(10);
  }
}

/** The primary goes first, so that it forks nobody anew. */
function endTree(root) {
  const pids = isRunning(root) ? treeOf(root) : [];
  for (const pid of pids) kill(pid);
  return pids;
}

/** Whether there was such a process. */
export function kill(pid) {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
    return false;
  }
}

/** Only for reusePort, where workers that listen on port 0 would get a port each. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Only of the Node that runs this: no row asks for it on another. */
function hasReusePort(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 12);
}

/** Promise.withResolvers(), which Node 20 lacks. */
function withResolvers() {
  const resolvers = {};
  resolvers.promise = new Promise((resolve, reject) => Object.assign(resolvers, { resolve, reject }));
  return resolvers;
}
