import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

import { own } from '../own.ts';
import { packageFile } from './package-files.ts';
import { processStartTime } from './process-start-time.ts';

/** The waits before a guard that has failed is started again; after as many failures in a row, it is given up. */
const RETRY_DELAYS_MS: readonly number[] = [10, 100, 1000];
/** A guard that has lived this long has not failed, whatever ended it. */
const STABLE_MS = 10_000;

export interface OrphanGuardOptions {
  /** Called at most once, when no guard can be kept running; the next `watch()` tries it again. */
  readonly onFailure: (reason: string) => void;
}

type GuardState =
  /** Until the first process is to be watched, or the next where it has failed. */
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly child: ChildProcess; readonly sinceMs: number }
  | { readonly state: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly state: 'closed' };

/**
 * Sees to it that processes end with this one, however it ends: a small process beside it waits for the end of a pipe
 * that only this process holds, gives the others 1.2 s to end by themselves, and kills those that have not.
 *
 * It keeps neither this process running, nor anything open that this process has.
 */
export class OrphanGuard {
  readonly #onFailure: (reason: string) => void;
  /** What the guard is told of each process, by pid. */
  readonly #watched = new Map<number, string>();
  #state: GuardState = { state: 'idle' };
  /** In a row. */
  #failures = 0;
  #hasToldFailure = false;

  constructor({ onFailure }: OrphanGuardOptions) {
    this.#onFailure = onFailure;
  }

  /** Does nothing after `close()`. */
  watch(pid: number): void {
    if (this.#state.state === 'closed') return;
    const startTime = processStartTime(pid);
    const line = startTime === undefined ? `+${pid}\n` : `+${pid} ${startTime}\n`;
    this.#watched.set(pid, line);
    if (this.#state.state === 'idle') this.#start();
    else this.#tell(line);
  }

  /** To be called as soon as the process has ended: its number may be used again. */
  forget(pid: number): void {
    if (this.#watched.delete(pid)) this.#tell(`-${pid}\n`);
  }

  /** Whether it was told to watch a process whose end is not known here. */
  watches(pid: number): boolean {
    return this.#watched.has(pid);
  }

  /** What is still watched has 1.2 s left; with nothing to watch, the guard ends at once. */
  close(): void {
    const before = this.#state;
    this.#state = { state: 'closed' };
    if (before.state === 'waiting') own.clearTimeout(before.timer);
    else if (before.state === 'running') before.child.stdin?.end();
  }

  #start(): void {
    let child: ChildProcess;
    try {
      child = spawn(process.execPath, [packageFile('orphan-guard-process.cjs')], {
        // A session of its own, which neither Ctrl-C at the terminal nor the end of this process's group reaches.
        detached: true,
        windowsHide: true,
        stdio: ['pipe', 'ignore', 'ignore'],
        cwd: '/',
        env: guardEnvironment(),
      });
    } catch (error) {
      // Some failures to start a process are thrown, others arrive as 'error'.
      this.#retry((error as Error).message);
      return;
    }
    this.#state = { state: 'running', child, sinceMs: own.now() };
    child.on('error', (error) => this.#onEnd(child, error.message));
    child.on('exit', (code, signal) =>
      this.#onEnd(child, signal ? `ended by ${signal}` : `ended with ${code}`),
    );
    child.unref();
    // Where descriptors were lacking there is none. That it cannot be written to is told by the guard's end.
    child.stdin?.on('error', () => {});
    this.#tell([...this.#watched.values()].join(''));
  }

  #tell(lines: string): void {
    if (this.#state.state === 'running') this.#state.child.stdin?.write(lines);
  }

  #onEnd(child: ChildProcess, reason: string): void {
    if (this.#state.state !== 'running' || this.#state.child !== child) return;
    if (own.now() - this.#state.sinceMs >= STABLE_MS) this.#failures = 0;
    this.#retry(reason);
  }

  #retry(reason: string): void {
    const delayMs = RETRY_DELAYS_MS[this.#failures];
    this.#failures += 1;
    if (delayMs !== undefined) {
      this.#state = { state: 'waiting', timer: own.setTimeout(() => this.#start(), delayMs).unref() };
      return;
    }
    this.#state = { state: 'idle' };
    if (this.#hasToldFailure) return;
    this.#hasToldFailure = true;
    this.#onFailure(reason);
  }
}

/** Nothing that changes how Node.js runs, but where Node.js itself may be found in parts. */
function guardEnvironment(): NodeJS.ProcessEnv {
  // spawn() would add NODE_V8_COVERAGE by itself.
  return { LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'], NODE_V8_COVERAGE: undefined };
}
