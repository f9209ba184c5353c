import { loadedLibc } from './libc.ts';

/** Lets other processes that wait for this core run first, where system calls are in use here; else does nothing. */
export function yieldCore(): void {
  loadedLibc()?.sched_yield();
}
