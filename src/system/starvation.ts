import { tryToRead } from './read-file.ts';
import type { ReadFile } from './read-file.ts';

/**
 * Tells a process that waits for a core from one that is blocked or busy with something else, by what proc(5) says of
 * its main thread: the one wants to run and gets nothing, the others sleep or use time.
 */
export class Starvation {
  readonly #pid: number;
  readonly #readFile: ReadFile;
  /** The time that the process had used when it was first looked at. */
  #used: string | undefined;

  constructor(pid: number, readFile: ReadFile = tryToRead) {
    this.#pid = pid;
    this.#readFile = readFile;
  }

  /** Whether the process may be starved: it wants to run, and has not since `forget()`, as far as can be seen. */
  look(): boolean {
    const [, state] = this.#read('stat').split(/.*\) /s);
    const [used] = this.#read('schedstat').split(' ');
    if (!state?.startsWith('R') || !used) return false;
    this.#used ??= used;
    return this.#used === used;
  }

  /** What is seen from now on is about something else. */
  forget(): void {
    this.#used = undefined;
  }

  #read(file: string): string {
    return this.#readFile(`/proc/${this.#pid}/${file}`) ?? '';
  }
}
