import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { limitMs } from './limits.ts';

/** Where proc(5) has them, behind the name, which may contain anything. */
const STATE = 0;
const THREADS = 17;

/**
 * Whether a process is there that has not ended. One whose main thread is a zombie has not, as long as others are ending:
 * they keep its descriptors open. Needs /proc.
 */
export function isRunning(pid: number): boolean {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const isEnding = ['Z', 'X'].includes(fields[STATE] ?? '');
    return !isEnding || Number(fields[THREADS]) > 1;
  } catch {
    return false;
  }
}

/** Waits until none of the processes is running; gives after how many ms, or fails after 10 s of a quiet machine. */
export async function untilEnded(pids: readonly number[]): Promise<number> {
  const startMs = performance.now();
  const limit = limitMs(10_000);
  for (;;) {
    const left = pids.filter(isRunning);
    const nowMs = performance.now();
    if (left.length === 0) return nowMs - startMs;
    if (nowMs - startMs > limit) throw new Error(`still running after ${limit} ms: ${left.join()}`);
    await delay(10);
  }
}

/** Needs /proc. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
