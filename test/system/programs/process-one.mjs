// To be process 1 of a namespace of its own: its supervisor looks for zombies often, while a thread has one of its own.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

const { setTimeout } = globalThis;
let looks = 0;
globalThis.setTimeout = (callback, delayMs, ...args) =>
  setTimeout(
    () => {
      callback(...args);
      if (delayMs === 3000) looks += 1;
    },
    delayMs === 3000 ? 20 : delayMs,
  );
const { supervise } = await import('../../../dist/index.cjs');

const says = (what) => console.log(JSON.stringify(what));
const until = async (isTrue) => {
  while (!isTrue()) await delay(5);
};

const turn = new Int32Array(new SharedArrayBuffer(4));
const thread = new Worker(
  `const { spawn } = require('node:child_process');
  const { parentPort, workerData } = require('node:worker_threads');
  const child = spawn('sh', ['-c', 'exit 7']);
  child.on('exit', (code) => parentPort.postMessage({ code }));
  parentPort.postMessage({ pid: child.pid });
  Atomics.wait(workerData, 0, 0);`,
  { eval: true, workerData: turn },
);
const messages = [];
thread.on('message', (message) => messages.push(message));
await until(() => messages.length === 1);
const ownPid = messages[0].pid;

let endsOnce = true;
const supervisor = await supervise({
  exec: new URL('leaves-orphans.cjs', import.meta.url).pathname,
  workers: 1,
  execArgv: [],
  onOutput: ({ line }) => console.log(line),
  onEvent: (event) => {
    if (event.type !== 'worker-ended' || !endsOnce) return;
    endsOnce = false;
    says({ ended: event.reason });
  },
});
await until(() => zombies().some((pid) => pid !== ownPid) || !endsOnce);
await until(() => zombies().every((pid) => pid === ownPid) && supervisor.status().ready === 1 && !endsOnce);
const before = looks;
await until(() => looks > before + 5);
says({ leaves: zombies().map((pid) => pid === ownPid) });
Atomics.store(turn, 0, 1);
Atomics.notify(turn, 0);
await until(() => messages.length === 2);
says({ thread: messages[1] });
await thread.terminate();
await supervisor.close();
says({ closed: true });

function zombies() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return fields[0] === 'Z' && fields[1] === '1';
      } catch {
        return false;
      }
    })
    .map(Number);
}
