import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const [MAJOR = 0] = process.versions.node.split('.').map(Number);
/** What the start of a forked process takes on a quiet machine with two cores, from fork() to its first message, in ms. */
const QUIET_START_MS = MAJOR < 22 ? 100 : 40;
const STARTS = 5;
/** A machine on which this is not enough can run no tests. */
const HOPELESS_MS = 60_000;
const NOTHING = fileURLToPath(new URL('./says-hello.cjs', import.meta.url));

/** How many times slower this machine is just now than a quiet one, at least 1: by the median of five starts. */
export async function measurePace(): Promise<number> {
  const takenMs: number[] = [];
  while (takenMs.length < STARTS) takenMs.push(await start());
  return paceOf(takenMs);
}

function paceOf(takenMs: readonly number[]): number {
  const medianMs = takenMs.toSorted((one, other) => one - other)[takenMs.length >> 1] ?? 0;
  return Math.max(1, medianMs / QUIET_START_MS);
}

async function start(): Promise<number> {
  const startedMs = performance.now();
  const child = fork(NOTHING, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(child, 'message', { signal: AbortSignal.timeout(HOPELESS_MS) });
  const takenMs = performance.now() - startedMs;
  await once(child, 'exit');
  return takenMs;
}
