// Two supervised workers hang at the same time, while another process has Node's usual inspector port; when they have been
// asked where, they go on.
import { on, once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { supervisionOf } from '../../../.build/src/api/supervision.js';
import cluster from '../../../dist/index.cjs';
import { captureStack } from '../../../.build/src/system/hang-stack.js';
import { limitMs } from '../../support/limits.cjs';

if (cluster.isPrimary) await main();
else work();

async function main() {
  // Taken by now, or by somebody else already.
  const taken = net.createServer().on('error', () => {});
  taken.listen(9229, '127.0.0.1');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'grappolo-hang-'));
  const results = await Promise.all([0, 1].map((slot) => superviseOne(slot, path.join(folder, `${slot}`))));
  rmSync(folder, { recursive: true });
  for (const lines of results) console.log(lines.join('\n'));
  taken.close();
}

async function superviseOne(slot, endFile) {
  const { worker } = supervisionOf(cluster).fork({
    slot,
    env: { END_FILE: endFile },
    settings: { exec: import.meta.filename, args: [], execArgv: [], silent: true },
    terms: { pulseMs: 1000, timeoutMs: 1000, idleGraceMs: 1000 },
    events: { onReady() {}, onPulse() {}, onUncaught() {}, onLeaving() {} },
  });
  const stderr = createInterface({ input: worker.process.stderr });
  const messages = on(worker, 'message');
  const [{ debugPort, execArgv }] = (await messages.next()).value;
  const stack = await captureStack(
    {
      pid: worker.process.pid,
      stderrLines(onLine) {
        stderr.on('line', onLine);
        return () => stderr.off('line', onLine);
      },
    },
    { timeoutMs: limitMs(15_000) },
  );
  writeFileSync(endFile, '');
  const [said] = (await messages.next()).value;
  const exit = once(worker, 'exit');
  worker.disconnect();
  const [code] = await exit;
  return [
    `debugPort ${debugPort}, execArgv ${JSON.stringify(execArgv)}`,
    // It may be just looking for its file.
    `${stack
      ?.split('\n')
      .find((line) => line.includes(import.meta.filename))
      .replace(/\(.*\//, '(')}`,
    `${said}, code ${code}`,
  ];
}

function work() {
  spin();
  process.send('went on');

  function spin() {
    process.send({ debugPort: process.debugPort, execArgv: process.execArgv });
    while (!existsSync(process.env.END_FILE));
  }
}
