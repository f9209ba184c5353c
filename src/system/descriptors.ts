import { getSystemErrorName } from 'node:util';

import type { Libc } from './libc.ts';

/** A file descriptor beside each of them: what one message brings. */
export interface Parcel {
  readonly words: Uint32Array;
  /** Fewer than were sent where this process has no descriptor left for them. */
  readonly descriptors: readonly number[];
}

/** How many descriptors go into one message at most; the kernel allows 253. */
export const MAX_DESCRIPTORS = 16;

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_SEQPACKET = 5;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_PEEK = 2;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;

/** A pair of connected sockets that keep messages apart; neither reaches a child process. */
export function messagePair(libc: Libc): [number, number] {
  return socketPair(libc, SOCK_SEQPACKET);
}

/** A pair of connected stream sockets: the kind that Node can send to another process. */
export function streamPair(libc: Libc): [number, number] {
  return socketPair(libc, SOCK_STREAM);
}

function socketPair(libc: Libc, type: number): [number, number] {
  const pair = new Int32Array(2);
  if (libc.socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) !== 0) {
    throw systemError('socketpair', libc.errno());
  }
  return [pair[0] as number, pair[1] as number];
}

// struct msghdr, its one struct iovec, the message's words, and the control message, all in one piece of memory:
// https://man7.org/linux/man-pages/man2/recvmsg.2.html. Lengths are 64-bit and small: their upper halves stay 0.
const IOVEC_AT = 64;
const WORDS_AT = 128;
const CONTROL_AT = 512;
const MAX_WORDS = (CONTROL_AT - WORDS_AT) / 4;
const CONTROL_HEAD = 16;
const MAX_CONTROL = CONTROL_HEAD + 4 * MAX_DESCRIPTORS;
/** Where in that memory, counted in 32-bit words. */
const FIELD = {
  controlLength: 40 / 4,
  wordsLength: (IOVEC_AT + 8) / 4,
  messageLength: CONTROL_AT / 4,
  messageLevel: (CONTROL_AT + 8) / 4,
  messageType: (CONTROL_AT + 12) / 4,
} as const;

/** Sends and receives descriptors over sockets of this process. Never blocks. */
export class DescriptorMail {
  readonly #libc: Libc;
  readonly #memory = Buffer.from(new ArrayBuffer(CONTROL_AT + MAX_CONTROL));
  readonly #fields = new Uint32Array(this.#memory.buffer);
  readonly #words = new Uint32Array(this.#memory.buffer, WORDS_AT, MAX_WORDS);
  readonly #descriptors = new Int32Array(this.#memory.buffer, CONTROL_AT + CONTROL_HEAD, MAX_DESCRIPTORS);

  constructor(libc: Libc) {
    this.#libc = libc;
    const at = libc.addressOf(this.#memory);
    this.#memory.writeBigUInt64LE(at + BigInt(IOVEC_AT), 16);
    this.#memory.writeBigUInt64LE(1n, 24);
    this.#memory.writeBigUInt64LE(at + BigInt(WORDS_AT), IOVEC_AT);
    this.#memory.writeBigUInt64LE(at + BigInt(CONTROL_AT), 32);
  }

  /** Gives 0, or the negative number of the error. The descriptors stay open here. */
  send(socket: number, words: readonly number[], descriptors: readonly number[]): number {
    this.#words.set(words);
    this.#descriptors.set(descriptors);
    const length = CONTROL_HEAD + 4 * descriptors.length;
    this.#fields[FIELD.wordsLength] = 4 * words.length;
    this.#fields[FIELD.controlLength] = length;
    this.#fields[FIELD.messageLength] = length;
    this.#fields[FIELD.messageLevel] = SOL_SOCKET;
    this.#fields[FIELD.messageType] = SCM_RIGHTS;
    return this.#libc.sendmsg(socket, this.#memory, MSG_DONTWAIT | MSG_NOSIGNAL) < 0
      ? -this.#libc.errno()
      : 0;
  }

  /** The next message; `undefined` where there is none. Its words are valid until the next call. */
  receive(socket: number): Parcel | undefined {
    return this.#parcel(this.#receive(socket, MAX_CONTROL));
  }

  /** The same, and the message stays: next time it brings its descriptors once more. */
  peek(socket: number): Parcel | undefined {
    return this.#parcel(this.#receive(socket, MAX_CONTROL, MSG_PEEK));
  }

  #parcel(size: number): Parcel | undefined {
    if (size <= 0) return undefined;
    const length = this.#fields[FIELD.controlLength] ?? 0;
    const count = length < CONTROL_HEAD ? 0 : ((this.#fields[FIELD.messageLength] ?? 0) - CONTROL_HEAD) >> 2;
    return {
      words: this.#words.subarray(0, size >> 2),
      descriptors: [...this.#descriptors.subarray(0, count)],
    };
  }

  /** Reads all messages and closes the descriptors in them: for those there is no room, which makes the kernel do it. */
  discard(socket: number): void {
    while (this.#receive(socket, 0) > 0);
  }

  #receive(socket: number, room: number, flags = 0): number {
    this.#fields[FIELD.wordsLength] = 4 * MAX_WORDS;
    this.#fields[FIELD.controlLength] = room;
    return this.#libc.recvmsg(socket, this.#memory, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  }
}

export function systemError(syscall: string, errno: number): Error {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${syscall}() failed: ${code}`), { code, syscall, errno: -errno });
}
