// What a worker's start costs more, until its program's first line: startup.mjs, which also runs on its own.
import { once } from 'node:events';
import path from 'node:path';

import { NODE_RR, OURS_RR } from '../contestants.js';
import { figureTarget } from '../report/targets.js';
import { startProcess } from '../server.js';

const PROGRAM = path.join(import.meta.dirname, '..', 'startup.mjs');

export default {
  name: 'first-line',
  title: 'From fork() to the first line of a worker (medians of pairs)',
  columns: [
    { key: 'wallMs', title: 'time, ms', digits: 1 },
    { key: 'cpuMs', title: 'CPU time, ms', digits: 1 },
    { key: 'extraMs', title: 'extra time in a pair', digits: 1, isPlain: true },
    { key: 'extraCpuMs', title: 'extra CPU in a pair', digits: 1, isPlain: true },
  ],

  async run(context) {
    const child = startProcess(PROGRAM, {
      args: ['--pairs', String(5 * context.rounds(5)), '--json'],
      silent: true,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.stderr.pipe(process.stderr, { end: false });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`startup.mjs ended with ${code}`);
    const { wallMs, cpuMs, pairs } = JSON.parse(output);
    const sides = [
      side(NODE_RR, { wallMs: wallMs.node, cpuMs: cpuMs.node, extraMs: 0, extraCpuMs: 0 }, pairs, 'node'),
      side(
        OURS_RR,
        { wallMs: wallMs.grappolo, cpuMs: cpuMs.grappolo, extraMs: wallMs.extra, extraCpuMs: cpuMs.extra },
        pairs,
        'grappolo',
      ),
    ];
    return {
      sides,
      targets: [
        figureTarget({
          what: "Extra time of a worker's start that imports the cluster",
          sides,
          key: 'extraMs',
          unit: 'ms',
          ours: OURS_RR,
          theirs: NODE_RR,
          atMost: 5,
        }),
      ],
    };
  },
};

function side({ id, title }, figures, pairs, key) {
  return { id, title, state: 'measured', figures, rounds: pairs.map((pair) => pair[key]) };
}
