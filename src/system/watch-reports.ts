import type { ChildProcess } from 'node:child_process';

/** How Node's watcher (`node --watch`) asks a process, and all that it starts, to tell what files it loads. */
const IS_WATCHED = 'WATCH_REPORT_DEPENDENCIES';
const REPORTS: readonly string[] = ['watch:require', 'watch:import'];

/**
 * Keeps from the program what a worker tells Node's watcher, which reaches its parent as a message like any other, and hands it
 * on: the watcher is this process's parent.
 */
export function divertWatchReports(child: ChildProcess): void {
  if (process.env[IS_WATCHED] === undefined) return;
  // oxlint-disable-next-line typescript/unbound-method -- called with its child below
  const emit = child.emit as (event: string | symbol, ...args: unknown[]) => boolean;
  child.emit = function (this: ChildProcess, event: string | symbol, ...args: unknown[]): boolean {
    const [message] = args;
    if (event !== 'message' || !isReport(message)) return emit.call(this, event, ...args);
    // Where the watcher is gone, nobody wants to know.
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
    return true;
  } as typeof child.emit;
}

function isReport(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  const keys = Object.keys(message);
  return keys.length === 1 && REPORTS.includes(keys[0] ?? '');
}
