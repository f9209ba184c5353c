import type { TextWay } from '../api/together.ts';
import { own } from '../own.ts';

/** Bytes to another process and from it, in order. */
export interface Way {
  /** Gives false where more had better wait for `onRoom`. */
  write(bytes: Uint8Array): boolean;
  /** What it is called with is valid until it returns. */
  onBytes: ((bytes: Buffer) => void) | undefined;
  onRoom: (() => void) | undefined;
  /** Called once, when nothing comes any more. */
  onEnd: (() => void) | undefined;
  close(): void;
  /** Whether it keeps this process running. */
  ref(): void;
  unref(): void;
}

/** As much of a `net.Socket` as a way needs. */
export interface SocketLike {
  write(bytes: Uint8Array): boolean;
  on(event: 'drain' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy(): unknown;
  ref(): unknown;
  unref(): unknown;
}

/** `open` gives a socket, and has it call with what comes. */
export function socketWay(open: (onBytes: (bytes: Buffer) => void) => SocketLike): Way {
  const socket = open((bytes) => way.onBytes?.(bytes));
  const way: Way = {
    write: (bytes) => socket.write(bytes),
    onBytes: undefined,
    onRoom: undefined,
    onEnd: undefined,
    close: () => void socket.destroy(),
    ref: () => void socket.ref(),
    unref: () => void socket.unref(),
  };
  socket.on('drain', () => way.onRoom?.());
  // 'close' follows, and is all that matters.
  socket.on('error', () => {});
  socket.on('close', () => way.onEnd?.());
  return way;
}

/** As much leaves at once: a connection that is sent on the same channel waits behind it. */
const PIECE_BYTES = 48 * 1024;

/** Over a channel of text that carries connections as well: one piece is under way at a time. */
export function textWay(text: TextWay): Way {
  const waiting: Uint8Array[] = [];
  let isSending = false;
  let isClosed = false;
  const sendNext = (): void => {
    const bytes = waiting.shift();
    if (!bytes || isClosed) {
      isSending = false;
      if (!isClosed) way.onRoom?.();
      return;
    }
    isSending = true;
    if (bytes.length > PIECE_BYTES) waiting.unshift(bytes.subarray(PIECE_BYTES));
    const { buffer, byteOffset, length } = bytes.subarray(0, PIECE_BYTES);
    text.send(Buffer.from(buffer, byteOffset, length).toString('base64'), sendNext);
  };
  const way: Way = {
    write: (bytes) => {
      if (isClosed) return false;
      waiting.push(bytes);
      if (!isSending) sendNext();
      return waiting.length === 0;
    },
    onBytes: undefined,
    onRoom: undefined,
    onEnd: undefined,
    close: () => {
      if (isClosed) return;
      isClosed = true;
      waiting.length = 0;
      own.nextTick(() => way.onEnd?.());
    },
    // The channel that carries it keeps its process running as it does without.
    ref: () => {},
    unref: () => {},
  };
  text.onData = (data) => {
    if (!isClosed) way.onBytes?.(Buffer.from(data, 'base64'));
  };
  return way;
}

/** Both ends of a way within one process. What is written arrives when whoever has written it is done. */
export function memoryWays(): [Way, Way] {
  const [one, other] = [memoryEnd(), memoryEnd()];
  one.peer = other;
  other.peer = one;
  return [one.way, other.way];
}

interface MemoryEnd {
  readonly way: Way;
  peer: MemoryEnd | undefined;
  isClosed: boolean;
}

/** A process ends when nothing but this is left, unless it is referenced. */
const FOR_EVER_MS = 2 ** 31 - 1;

function memoryEnd(): MemoryEnd {
  let anchor: NodeJS.Timeout | undefined;
  const end: MemoryEnd = {
    peer: undefined,
    isClosed: false,
    way: {
      write: (bytes) => {
        const { buffer, byteOffset, length } = bytes;
        own.nextTick(() => {
          if (!end.peer?.isClosed) end.peer?.way.onBytes?.(Buffer.from(buffer, byteOffset, length));
        });
        return true;
      },
      onBytes: undefined,
      onRoom: undefined,
      onEnd: undefined,
      close: () => {
        if (end.isClosed) return;
        end.isClosed = true;
        own.clearInterval(anchor);
        own.nextTick(() => end.way.onEnd?.());
        end.peer?.way.close();
      },
      ref: () => {
        if (!end.isClosed) anchor ??= own.setInterval(() => {}, FOR_EVER_MS);
      },
      unref: () => {
        own.clearInterval(anchor);
        anchor = undefined;
      },
    },
  };
  return end;
}
