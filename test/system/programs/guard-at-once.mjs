// Starts a child and its guard, and is killed before either has run.
import { fork } from 'node:child_process';
import fs from 'node:fs';

import { makeGuard } from './_guard.mjs';
import { GUARDED_FILE } from './guarded.mjs';

const { guard, pids } = makeGuard(() => {});
const child = fork(GUARDED_FILE, ['spinning']);
guard.watch(child.pid);
fs.writeSync(1, `guard ${pids[0]}\nchildren [${child.pid}]\n`);
process.kill(process.pid, 'SIGKILL');
