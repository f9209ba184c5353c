import { tryToRead } from './read-file.ts';
import type { ReadFile } from './read-file.ts';

/**
 * When a process was started, in the kernel's ticks since boot; `undefined` where that cannot be told. With its number it
 * identifies a process: numbers are used again.
 */
export function processStartTime(pid: number, readFile: ReadFile = tryToRead): string | undefined {
  // Field 22 of proc(5). Field 2, the name, may hold spaces and parentheses.
  const stat = readFile(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(') ') + 2).split(' ')[19];
}
