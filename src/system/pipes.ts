import { Socket } from 'node:net';

import { own } from '../own.ts';
import { DescriptorMail, systemError } from './descriptors.ts';
import { invite } from './invitation.ts';
import { libcFunction, loadLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import type { RawHandle } from './node-internals.ts';
import { yieldCore } from './yield-core.ts';

type Fcntl = (fd: number, command: number, value: number) => number;

/** Descriptors of two pipes: what another process writes is read from one, and what is written into the other, it reads. */
export interface PipeEnds {
  readonly read: number;
  readonly write: number;
}

/**
 * More than the usual 64 KiB, so that several frames of a large message fit in. Where a user has had his 64 MiB of it, the kernel leaves a pipe as
 * it is: pipe(7), pipe-user-pages-soft.
 */
const CAPACITY_BYTES = 256 * 1024;

/**
 * So much is a part of a large message. After each, whoever waits for this core has it first: else the processes that a large message goes through
 * keep theirs for some milliseconds at a time, and connections wait as long, in each process that they go through: sched_yield(2).
 */
const LARGE_BYTES = 32 * 1024;

const F_SETPIPE_SZ = 1031;
const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

/**
 * Two pipes, there and back, as both processes have them; none reaches a child process. A small message takes four fifths of the time that it takes
 * over a pair of sockets.
 *
 * @throws {Error} Where this process, or the system, has no descriptor left.
 */
export function pipePair(libc: Libc): [PipeEnds, PipeEnds] {
  const there = pipe(libc);
  try {
    const back = pipe(libc);
    return [
      { read: back.read, write: there.write },
      { read: there.read, write: back.write },
    ];
  } catch (error) {
    closeEnds(libc, there);
    throw error;
  }
}

function pipe(libc: Libc): PipeEnds {
  const pair = new Int32Array(2);
  if (libc.pipe2(pair, O_CLOEXEC | O_NONBLOCK) !== 0) throw systemError('pipe2', libc.errno());
  libcFunction<Fcntl>('int fcntl(int, int, int)')?.(pair[0] as number, F_SETPIPE_SZ, CAPACITY_BYTES);
  return { read: pair[0] as number, write: pair[1] as number };
}

function closeEnds(libc: Libc, { read, write }: PipeEnds): void {
  libc.close(read);
  libc.close(write);
}

/**
 * Two pipes to another process: their ends here, and what brings it those for there, which the caller closes.
 *
 * @throws {Error} Where this process, or the system, has no descriptor left.
 */
export function invitedPipes(libc: Libc): { readonly here: PipeEnds; readonly invitation: RawHandle } {
  const [here, there] = pipePair(libc);
  try {
    const invitation = invite(libc, new DescriptorMail(libc), [there.read, there.write]);
    return { here, invitation };
  } catch (error) {
    closeEnds(libc, here);
    throw error;
  } finally {
    closeEnds(libc, there);
  }
}

/**
 * The ends that an invitation brings, which is closed; `undefined` where this process has no descriptors left for them. Then it stays
 * open, and brings them again later.
 */
export function acceptPipes(invitation: Pick<RawHandle, 'fd' | 'close'>): PipeEnds | undefined {
  const libc = loadLibc();
  const descriptors = new DescriptorMail(libc).peek(invitation.fd ?? -1)?.descriptors ?? [];
  const [read, write] = descriptors;
  if (read === undefined || write === undefined) {
    for (const descriptor of descriptors) libc.close(descriptor);
    return undefined;
  }
  invitation.close();
  return { read, write };
}

/** What one read brings at most: all that a pipe holds, so that few frames are cut. One memory for all pipes, of which one is read at a time. */
let readMemory: Buffer | undefined;

/** Each method is as `net.Socket`'s own. */
export interface DirectPipes {
  write(bytes: Uint8Array): boolean;
  /** Sends the first `length` bytes, which may be written over when it has returned. */
  writeReused(bytes: Uint8Array, length: number): boolean;
  on(event: 'close' | 'drain' | 'error', listener: (error: Error) => void): unknown;
  destroy(): unknown;
  ref(): unknown;
  unref(): unknown;
  /** Reads at once what has arrived: of a process that has ended, all that it has written. */
  readRest(): void;
}

/**
 * Opens pipes for small messages, of which each takes a fraction of what Node's streams take; the descriptors are theirs from now on. What
 * comes is read into one buffer, which is valid until `onBytes` returns: to allocate one for each read costs more than to read.
 */
export function openPipes(
  { read, write }: PipeEnds,
  onBytes: (bytes: Buffer, length: number) => void,
): DirectPipes {
  const libc = loadLibc();
  const buffer = (readMemory ??= Buffer.allocUnsafeSlow(CAPACITY_BYTES));
  /** Gives whether it may be called again at once. While there is more, others have their turn of the event loop: libuv would go on for some milliseconds. */
  const onRead = (length: number): boolean => {
    onBytes(buffer, length);
    if (length < buffer.length) return true;
    own.setImmediate(() => reader.resume());
    return false;
  };
  // That with a descriptor there may be `onread` as well is in no declaration.
  const reader = new Socket({
    fd: read,
    onread: { buffer, callback: onRead },
    readable: true,
    writable: false,
  } as object);
  const writer = new Socket({ fd: write, readable: false, writable: true });
  reader.resume();
  const readRest = (): void => {
    // Of its own: it may be called while what is in the other is looked at.
    const rest = Buffer.allocUnsafeSlow(CAPACITY_BYTES);
    // Whoever gets it may close the pipe, whose descriptor is another's then.
    while (!reader.destroyed) {
      const length = libc.read(read, rest, rest.length);
      if (length <= 0) return;
      onBytes(rest, length);
    }
  };
  // A write fails since the other end is gone: all that it had written is to be read.
  writer.on('error', (error) => {
    readRest();
    reader.destroy(error);
  });
  const destroy = reader._destroy.bind(reader);
  reader._destroy = (error, callback) => {
    writer.destroy();
    destroy(error, callback);
  };
  /** Gives the bytes to the system at once where nothing waits before them; what it does not take waits in the writer. */
  const send = (bytes: Uint8Array, length: number, isReused: boolean): boolean => {
    let sent = 0;
    if (writer.writable && writer.writableLength === 0) sent = libc.write(write, bytes, length);
    if (length >= LARGE_BYTES) yieldCore();
    if (sent === length) return true;
    // Also where it has failed: the writer finds out why, and says so.
    const unsent = bytes.subarray(Math.max(0, sent), length);
    return writer.write(isReused ? Buffer.from(unsent) : unsent);
  };
  return {
    write: (bytes) => send(bytes, bytes.length, false),
    writeReused: (bytes, length) => send(bytes, length, true),
    on: (event, listener) => (event === 'drain' ? writer : reader).on(event, listener),
    destroy: () => reader.destroy(),
    ref: () => {
      reader.ref();
      writer.ref();
    },
    unref: () => {
      reader.unref();
      writer.unref();
    },
    readRest,
  };
}
