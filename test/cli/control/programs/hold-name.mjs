// Waits for SIGUSR2, takes the name `argv[3]` in the folder `argv[2]`, and holds it until SIGTERM.
import { EventEmitter } from 'node:events';

import { ControlServer } from '../../../../.build/src/cli/control/server.js';
import { limitMs } from '../../../support/limits.cjs';

const [folder, name] = process.argv.slice(2);
const startedAt = Date.now();
const supervisor = Object.assign(new EventEmitter(), {
  status: () => ({ pid: process.pid, uptimeMs: Date.now() - startedAt, workers: [] }),
});

const idle = setInterval(() => {}, 1000);
process.once('SIGUSR2', async () => {
  try {
    const control = await ControlServer.open({
      folder,
      name,
      // Many ask at once.
      holderTimeoutMs: limitMs(10_000),
      onRefused: (reason) => console.log(`refused: ${reason}`),
    });
    control.serve(supervisor);
    process.once('SIGTERM', () => control.close().then(() => clearInterval(idle)));
    console.log('won');
  } catch (error) {
    console.log(`lost ${error.code} ${error.message}`);
    clearInterval(idle);
  }
});
console.log('waiting');
