// Its guard is killed while it does not look, and is told many things before that is known.
import { fork } from 'node:child_process';
import { once } from 'node:events';

import { makeGuard } from './_guard.mjs';
import { GUARDED_FILE } from './guarded.mjs';

const children = ['idle', 'spinning'].map((kind) => fork(GUARDED_FILE, [kind]));
await Promise.all(children.map((child) => once(child, 'message')));

const { guard, pids } = makeGuard((reason) => console.log('failure:', reason));
guard.watch(children[0].pid);
process.kill(pids[0], 'SIGKILL');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
for (let i = 0; i < 1000; i += 1) {
  guard.watch(children[1].pid);
  guard.forget(children[1].pid);
}
guard.watch(children[1].pid);
console.log('children', JSON.stringify(children.map(({ pid }) => pid)));
