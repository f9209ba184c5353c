// What grappolo/register costs a process that never forks: NODE_OPTIONS preload it into npm, helpers and every other node.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import { OURS_RR } from '../contestants.js';
import { figureTarget } from '../report/targets.js';

const REGISTER = path.join(import.meta.dirname, '..', '..', 'dist', 'register.cjs');
const PLAIN = { id: 'plain', title: 'node alone' };

export default {
  name: 'preload',
  title: 'A process that is preloaded with grappolo/register and does nothing (medians)',
  columns: [
    { key: 'wallMs', title: 'time, ms', digits: 1 },
    { key: 'extraMs', title: 'extra', digits: 1, isPlain: true },
  ],

  async run(context) {
    const sides = await context.interleave(
      [PLAIN, OURS_RR],
      async (contestant) => {
        const plain = await startMs([]);
        const wallMs = contestant === PLAIN ? plain : await startMs(['--require', REGISTER]);
        return { wallMs, extraMs: wallMs - plain };
      },
      { rounds: 25 },
    );
    return {
      sides,
      targets: [
        figureTarget({
          what: 'Extra time of a process that is preloaded and never forks',
          sides,
          key: 'extraMs',
          unit: 'ms',
          ours: OURS_RR,
          theirs: PLAIN,
          atMost: 5,
        }),
      ],
    };
  },
};

async function startMs(execArgv) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...execArgv, '--eval', '0'], { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`node ${execArgv.join(' ')} ended with ${code}`);
  return performance.now() - startedAt;
}
