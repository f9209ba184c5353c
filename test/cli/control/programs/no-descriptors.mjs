// Serves, then uses up all descriptors of the process until SIGUSR2. argv: folder, name. To be run with few of them.
import { EventEmitter } from 'node:events';
import { closeSync, openSync } from 'node:fs';

import { ControlServer } from '../../../../.build/src/cli/control/server.js';

const [folder, name] = process.argv.slice(2);
const open = () =>
  ControlServer.open({ folder, name, onRefused: (reason) => console.log(`refused: ${reason}`) });
const exhaust = () => {
  const taken = [];
  for (;;) {
    try {
      taken.push(openSync('/dev/null'));
    } catch {
      return () => taken.forEach((fd) => closeSync(fd));
    }
  }
};

// What is loaded when it is first needed is loaded now.
await open().then((control) => control.close());
let release = exhaust();
await open().then(
  () => console.log('opened'),
  (error) => console.log(`failed: ${error.code} ${error.message}`),
);
release();

const control = await open();
control.serve(
  Object.assign(new EventEmitter(), { status: () => ({ pid: process.pid, uptimeMs: 0, workers: [] }) }),
);
release = exhaust();
process.once('SIGUSR2', () => {
  release();
  console.log('released');
});
process.once('SIGTERM', () => control.close().then(() => process.exit()));
setInterval(() => {}, 1000);
console.log('serving');
