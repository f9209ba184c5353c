// Has a guard, and nothing else that keeps it running; the guard has watched a process that has ended.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { makeGuard } from './_guard.mjs';

const { guard } = makeGuard(() => {});
const child = spawn(process.execPath, ['-e', '']);
guard.watch(child.pid);
await once(child, 'exit');
guard.forget(child.pid);
