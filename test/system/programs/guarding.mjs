// Starts a child of each kind that its arguments name, `kind` or `kind/how`, and watches it; prints the pids of guards
// as they are started, and those of the children when all are there. SIGUSR2 closes the guard.
import { fork } from 'node:child_process';
import { once } from 'node:events';

import { makeGuard } from './_guard.mjs';
import { GUARDED_FILE } from './guarded.mjs';

const { guard } = makeGuard((reason) => console.log('failure:', reason));
process.on('SIGUSR2', () => guard.close());

const children = process.argv.slice(2).map((argument) => {
  const [kind, how] = argument.split('/');
  // Who outlives the program's group is not to hold its output.
  const outside = { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] };
  const child = fork(GUARDED_FILE, [kind], how === 'detached' ? outside : {});
  guard.watch(child.pid);
  child.once('exit', () => guard.forget(child.pid));
  if (how === 'forgotten') guard.forget(child.pid);
  return child;
});
await Promise.all(children.map((child) => once(child, 'message')));
console.log('children', JSON.stringify(children.map(({ pid }) => pid)));
