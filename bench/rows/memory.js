// What a worker takes of the machine's memory: its proportional set size, in which a page that n processes share counts as 1/n.
import { readFileSync } from 'node:fs';
import http from 'node:http';

import { NODE_RR, OURS_RR, OURS_RR_IPC } from '../contestants.js';
import { median } from '../measure/statistics.js';
import { figureTarget } from '../report/targets.js';
import { withServer } from '../server.js';

const WORKERS = 4;
const CONNECTIONS = 200;

export default {
  name: 'memory',
  title: `The memory of a worker of ${WORKERS}, after ${CONNECTIONS} connections`,
  columns: [
    { key: 'workerMb', title: 'MB', digits: 1 },
    { key: 'extraMb', title: 'extra', digits: 1, isPlain: true },
  ],

  async run(context) {
    let plainMb = 0;
    const sides = await context.interleave(
      [NODE_RR, OURS_RR, OURS_RR_IPC],
      async (contestant) => {
        const workerMb = await withServer(contestant, { program: 'hello.cjs', workers: WORKERS }, measure);
        if (contestant === NODE_RR) plainMb = workerMb;
        return { workerMb, extraMb: workerMb - plainMb };
      },
      { rounds: 3 },
    );
    return {
      sides,
      targets: [
        figureTarget({
          what: 'Extra memory of a worker',
          sides,
          key: 'extraMb',
          unit: 'MB',
          ours: OURS_RR,
          theirs: NODE_RR,
          atMost: 3,
        }),
      ],
    };
  },
};

async function measure({ port, workerPids }) {
  for (let i = 0; i < CONNECTIONS; i += 1) await get(port);
  const sizes = workerPids().map((pid) => pssMb(pid));
  return median(sizes);
}

/** See proc_pid_smaps_rollup in proc(5). */
function pssMb(pid) {
  const [, kb] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return Number(kb) / 1024;
}

function get(port) {
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, agent: false }, (response) => response.resume().on('end', resolve))
      .on('error', reject);
  });
}
