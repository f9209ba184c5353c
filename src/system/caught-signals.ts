import os from 'node:os';

import { tryToRead } from './read-file.ts';
import type { ReadFile } from './read-file.ts';

/**
 * Whether a process may be sent a signal that would end it if it did not catch it: false where proc(5) says that it
 * does not catch it, or that it is stopped, and would get it whenever it goes on.
 */
export function mayBeSent(pid: number, signal: NodeJS.Signals, readFile: ReadFile = tryToRead): boolean {
  const status = readFile(`/proc/${pid}/status`);
  if (status === undefined) return true;
  const [, state] = /^State:\s+(\S)/m.exec(status) ?? [];
  const [, caught] = /^SigCgt:\s+([0-9a-f]+)$/m.exec(status) ?? [];
  if (state === undefined || caught === undefined) return true;
  return !/[Tt]/.test(state) && isInMask(caught, os.constants.signals[signal]);
}

/** The lowest bit of a mask stands for the signal 1. */
function isInMask(hexadecimal: string, signal: number): boolean {
  return ((BigInt(`0x${hexadecimal}`) >> BigInt(signal - 1)) & 1n) === 1n;
}
