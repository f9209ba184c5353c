// Takes a name and gives it up, over and over, and writes into a log when it has it. In some rounds it is killed at any
// moment. argv: folder, name, log, rounds.
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { ControlServer } from '../../../../.build/src/cli/control/server.js';

const [folder, name, log, rounds] = process.argv.slice(2);
const note = (what) => appendFileSync(log, `${process.pid} ${what}\n`);

for (let round = 0; round < Number(rounds); round += 1) {
  if (Math.random() < 0.1) setTimeout(() => process.kill(process.pid, 'SIGKILL'), Math.random() * 10);
  try {
    const control = await ControlServer.open({ folder, name, onRefused: () => {} });
    for (let beat = 0; beat < 3; beat += 1) {
      note('holds');
      await delay(Math.random() * 3);
    }
    note('holds');
    await control.close();
  } catch (error) {
    if (error.code !== 'ERR_GRAPPOLO_NAME_TAKEN') throw error;
  }
  await delay(Math.random() * 3);
}
