import type { Connection } from '../../src/lanes/lane.ts';
import type { AcceptedSocket } from '../../src/system/accepted-socket.ts';
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

/** A connection's socket that only counts how often it was closed. */
class FakeSocket implements AcceptedSocket {
  /** Any descriptor that is open can be sent. */
  readonly fd: number;
  readonly #handle = new FakeHandle();
  readonly #remoteAddress: string | undefined;
  closed = 0;

  constructor(remoteAddress?: string, fd = 0) {
    this.fd = fd;
    this.#remoteAddress = remoteAddress;
  }

  handle(): FakeHandle {
    return this.#handle;
  }

  remoteAddress(): string | undefined {
    return this.#remoteAddress;
  }

  hasLeft(): boolean {
    return false;
  }

  close(): void {
    this.closed += 1;
  }
}

export interface FakeConnection extends Connection {
  readonly socket: FakeSocket;
}

export function fakeConnection(seq: number, listener = 1, remoteAddress?: string): FakeConnection {
  return { seq, listener, socket: new FakeSocket(remoteAddress) };
}
