import type { Connection } from '../../src/lanes/lane.ts';
import type { RawHandle } from '../../src/system/node-internals.ts';

/** A raw handle that only counts how often it was closed. */
export class FakeHandle implements RawHandle {
  closed = 0;

  close(callback?: () => void): void {
    this.closed += 1;
    if (callback) process.nextTick(callback);
  }

  ref(): void {}

  unref(): void {}
}

export interface FakeConnection extends Connection {
  readonly handle: FakeHandle;
}

export function fakeConnection(seq: number, listener = 1): FakeConnection {
  return { seq, listener, handle: new FakeHandle() };
}
