// A worker is killed every 700 ms under load. What it was answering is lost; nothing else may be.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { NODE_NONE, NODE_RR, OURS_KERNEL, OURS_RR, OURS_RR_IPC } from '../contestants.js';
import { openLoop } from '../load/open-loop.js';
import { sums } from '../measure/statistics.js';
import { figureTarget } from '../report/targets.js';
import { kill, withServer } from '../server.js';

const WORKERS = 4;
const RATE_PER_S = 300;
const KILL_EVERY_MS = 700;
const HUNG_AFTER_MS = 3_000;

export default {
  name: 'kill',
  title: `kill -9 of one of ${WORKERS} workers every ${KILL_EVERY_MS} ms, at ${RATE_PER_S} connections/s (sums)`,
  columns: [
    { key: 'kills', title: 'kills', digits: 0, isPlain: true },
    { key: 'sent', title: 'sent', digits: 0, isPlain: true },
    { key: 'lostBegun', title: 'lost: being answered', digits: 0, isPlain: true },
    { key: 'lostTaken', title: 'only taken', digits: 0, isPlain: true },
    { key: 'lostUntaken', title: 'never taken', digits: 0, isPlain: true },
    { key: 'hung', title: 'hung', digits: 0, isPlain: true },
    { key: 'refused', title: 'refused', digits: 0, isPlain: true },
  ],

  async run(context) {
    const sides = await context.interleave(
      [NODE_RR, NODE_NONE, OURS_RR, OURS_RR_IPC, OURS_KERNEL],
      (contestant, round) => measure(contestant, context.seconds(5), round),
      { rounds: 3, combine: sums },
    );
    const targets = [OURS_RR, OURS_KERNEL].flatMap((ours) =>
      Object.entries({
        hung: 'Requests that hung',
        refused: 'Connections refused',
        lostUntaken: 'Requests lost that no worker had taken',
      }).map(([key, what]) =>
        figureTarget({
          what: `${what}, workers being killed`,
          sides,
          key,
          unit: '',
          ours,
          theirs: NODE_RR,
          atMost: 0,
        }),
      ),
    );
    return { sides, targets };
  },
};

async function measure(contestant, seconds, round) {
  const folder = mkdtempSync(path.join(tmpdir(), 'grappolo-bench-'));
  const record = path.join(folder, 'record');
  try {
    return await withServer(
      contestant,
      { program: 'recorded.cjs', workers: WORKERS, isReforking: true, env: { BENCH_RECORD: record } },
      async ({ port, workerPids }) => {
        const ending = new AbortController();
        const killing = killFromTimeToTime(workerPids, ending.signal);
        const load = { port, ratePerS: RATE_PER_S, seconds, seed: 300 + round, mix: [[1, '/']] };
        const { sent, failures } = await openLoop({ ...load, timeoutMs: HUNG_AFTER_MS });
        ending.abort();
        return { kills: await killing, sent, ...countLosses(failures, readFileSync(record, 'utf8')) };
      },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** From outside, so that no primary can be prepared for it. Gives how many were killed, once it is aborted. */
async function killFromTimeToTime(workerPids, signal) {
  let kills = 0;
  for (;;) {
    try {
      await delay(KILL_EVERY_MS, undefined, { signal });
    } catch {
      return kills;
    }
    const pids = workerPids();
    const pid = pids[Math.floor(Math.random() * pids.length)];
    if (pid !== undefined && kill(pid)) kills += 1;
  }
}

/** A client's port tells its connection: no run is so long that one is used twice. */
function countLosses(failures, record) {
  const lines = new Set(record.split('\n'));
  const counts = { lostBegun: 0, lostTaken: 0, lostUntaken: 0, hung: 0, refused: 0 };
  for (const { outcome, localPort } of failures) {
    if (outcome !== 'broken') counts[outcome] += 1;
    else if (lines.has(`begun ${localPort}`)) counts.lostBegun += 1;
    else if (lines.has(`taken ${localPort}`)) counts.lostTaken += 1;
    else counts.lostUntaken += 1;
  }
  return counts;
}
