import { systemError } from './descriptors.ts';
import type { Libc } from './libc.ts';
import { openPipe } from './node-internals.ts';

const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;
/**
 * Where all reads go: what is read does not matter. It is larger than the 8 bytes that one read gives, or libuv would
 * look whether there are more. Node does not keep the buffer that it is given from being freed.
 */
const SINK = new Uint8Array(new ArrayBuffer(64));
const ONE = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);

/** A descriptor by which one process wakes another's event loop; many calls before it wakes are one. */
export function createWakeup(libc: Libc): number {
  const fd = libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) throw systemError('eventfd', libc.errno());
  return fd;
}

export function wake(libc: Libc, wakeup: number): void {
  libc.write(wakeup, ONE, ONE.length);
}

/** Calls `onWake` from the event loop, which it does not keep running. */
export function onWakeup(wakeup: number, onWake: () => void): void {
  const pipe = openPipe(wakeup);
  if (typeof pipe === 'number') throw systemError('open', -pipe);
  pipe.useUserBuffer(SINK);
  pipe.onread = onWake;
  pipe.readStart();
  pipe.unref();
}
