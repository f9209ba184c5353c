// Keeps three workers of which one does a job, and has whoever does it killed, replaced or told to leave, ROUNDS times in turn.
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import { supervise } from 'grappolo';

const ROUNDS = Number(process.env.ROUNDS);
const supervisor = await supervise({
  exec: new URL('once-worker.mjs', import.meta.url).pathname,
  workers: 3,
  ready: { on: 'online' },
  restart: { minDelayMs: 1, maxFailedStarts: 1e6 },
});

/** The one that does the job after the term given. */
async function holderAfter(term) {
  for (;;) {
    const line = linesOf().findLast(([type]) => type === 'begin');
    if (line && Number(line[1]) > term) return { term: Number(line[1]), pid: Number(line[2]) };
    await wait(2);
  }
}

function linesOf() {
  try {
    return readFileSync(process.env.LOG, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
  } catch {
    return [];
  }
}

let holder = await holderAfter(0);
for (let round = 0; round < ROUNDS; round += 1) {
  if (round % 3 === 0) {
    appendFileSync(process.env.LOG, `kill ${holder.term} ${holder.pid} ${process.hrtime.bigint()}\n`);
    process.kill(holder.pid, 'SIGKILL');
  } else if (round % 3 === 1) await supervisor.reload();
  else {
    await supervisor.scale(1);
    await supervisor.scale(3);
  }
  if (round % 3 !== 2) holder = await holderAfter(holder.term);
  else holder = await holderAfter(0);
}
await supervisor.close();
console.log('done');
