import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

import { own } from '../own.ts';
import { debug } from './debug.ts';
import { libcFunction } from './libc.ts';

/** A process that has ended and that nobody has waited for yet. */
export interface Zombie {
  readonly pid: number;
  /** With its number it identifies a process: numbers are used again. */
  readonly startTime: string;
}

export interface ZombieReaperOptions {
  /** Those whose parent is this process, but for those whose end somebody here waits for. */
  readonly findZombies: () => readonly Zombie[];
  /** @throws where that cannot be done here at all. */
  readonly reap: (pid: number) => void;
}

/** How long it rests between two looks. */
const LOOK_MS = 3000;

/**
 * Waits for the end of processes that nobody else waits for: those that two looks in a row have found. It keeps no process running.
 *
 * libuv waits for the children of this process by itself, each time that it polls after a SIGCHLD. So each look comes right after a poll:
 * by the clock alone, two could come one right after the other, where this process was stopped meanwhile. Which thread gets the signal
 * is the kernel's choice, and that one may wait for a core for longer: a child whose end must not be missed is left to libuv.
 */
export class ZombieReaper {
  readonly #options: ZombieReaperOptions;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** What the last look has found. */
  #found: ReadonlySet<string> = new Set();

  constructor(options: ZombieReaperOptions) {
    this.#options = options;
    this.#rest();
  }

  look(): void {
    const zombies = this.#options.findZombies();
    const left = zombies.filter((zombie) => this.#found.has(keyOf(zombie)));
    this.#found = new Set(zombies.map(keyOf));
    try {
      for (const { pid } of left) this.#options.reap(pid);
    } catch (error) {
      debug('processes without a parent are not waited for: %s', (error as Error).message);
      this.close();
    }
  }

  close(): void {
    this.#isClosed = true;
    own.clearTimeout(this.#timer);
  }

  #rest(): void {
    this.#timer = own
      .setTimeout(() => {
        own.setImmediate(() => {
          if (this.#isClosed) return;
          this.look();
          if (!this.#isClosed) this.#rest();
        });
      }, LOOK_MS)
      .unref();
  }
}

/**
 * Where this is process 1 of a container: it inherits the children of processes that have ended. Else `undefined`. `isAwaited`: whether
 * somebody here waits for the end of a process.
 */
export function reaperOfProcessOne(isAwaited: (pid: number) => boolean): ZombieReaper | undefined {
  if (process.pid !== 1 || process.platform !== 'linux') return undefined;
  if (!seesItself()) {
    debug('processes without a parent are not waited for: /proc is of other processes');
    return undefined;
  }
  return new ZombieReaper({ findZombies: () => zombiesOf(1).filter(({ pid }) => !isAwaited(pid)), reap });
}

/** In a namespace of its own with somebody else's /proc, numbers there mean other processes. */
function seesItself(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}

function zombiesOf(parent: number): Zombie[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => zombieIn(name, parent) ?? []);
  } catch {
    // Without descriptors the next look sees more.
    return [];
  }
}

function zombieIn(name: string, parent: number): Zombie | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${name}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // From field 3 of proc_pid_stat(5) on: field 2, the name, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ');
  const [state, parentPid] = fields;
  const startTime = fields[19];
  if (state !== 'Z' || Number(parentPid) !== parent || startTime === undefined) return undefined;
  return { pid: Number(name), startTime };
}

type WaitPid = (pid: number, status: null, options: number) => number;

const WNOHANG = 1;
/** Leaves alone what other threads of this process have started: theirs is another event loop, which may be blocked for long. */
const WNOTHREAD = 0x2000_0000;

function reap(pid: number): void {
  const waitpid = libcFunction<WaitPid>('int waitpid(int, void *, int)');
  waitpid?.(pid, null, WNOHANG | WNOTHREAD);
}

function keyOf({ pid, startTime }: Zombie): string {
  return `${pid} ${startTime}`;
}
