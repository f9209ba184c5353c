import { ChildProcess } from 'node:child_process';

import { OrphanGuard } from '../../../.build/src/system/orphan-guard.js';

/** A guard, and the pids of its processes, which are also printed. */
export function makeGuard(onFailure) {
  const pids = [];
  const { spawn } = ChildProcess.prototype;
  ChildProcess.prototype.spawn = function (options) {
    const result = Reflect.apply(spawn, this, [options]);
    if (this.pid && options.args.some((arg) => arg.includes('orphan-guard'))) {
      pids.push(this.pid);
      // When it has been told what to guard.
      setImmediate(() => console.log('guard', this.pid));
    }
    return result;
  };
  return { guard: new OrphanGuard({ onFailure }), pids };
}
