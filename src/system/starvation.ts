import { tryToRead } from './read-file.ts';
import type { ReadFile } from './read-file.ts';

/** What a process can do that is about to take its connections: it may have to compile what that takes first. */
const ENOUGH_MS = 10;

/**
 * Tells a process that waits for a core from one that is blocked or busy with something else, by what proc(5) says of
 * its main thread: the one wants to run and gets little time, the others sleep or use a lot.
 */
export class Starvation {
  readonly #pid: number;
  readonly #readFile: ReadFile;
  /** The time that the process had used when it was first looked at. */
  #usedMs: number | undefined;

  constructor(pid: number, readFile: ReadFile = tryToRead) {
    this.#pid = pid;
    this.#readFile = readFile;
  }

  /** Whether the process may be starved: it wants to run, and hardly has since it was first looked at after `forget()`. */
  look(): boolean {
    const [, state] = this.#read('stat').split(/.*\) /s);
    const [usedNs] = this.#read('schedstat').split(' ');
    if (!state?.startsWith('R') || !usedNs) return false;
    const usedMs = Number(usedNs) / 1e6;
    this.#usedMs ??= usedMs;
    return usedMs - this.#usedMs < ENOUGH_MS;
  }

  /** What is seen from now on is about something else. */
  forget(): void {
    this.#usedMs = undefined;
  }

  #read(file: string): string {
    return this.#readFile(`/proc/${this.#pid}/${file}`) ?? '';
  }
}

/** What a lane needs of it. */
export type StarvationWatch = Pick<Starvation, 'look' | 'forget'>;
