import type { TextWay } from '../api/together.ts';
import { own } from '../own.ts';
import { encodeFrame, encodeFrameInto, FrameReader, keptBody } from './frames.ts';
import type { Frame } from './frames.ts';

/** Frames to another process and from it, in order. */
export interface Way {
  /** Gives false where more had better wait for `onRoom`. */
  write(frame: Frame): boolean;
  /** What it is called with is valid until it returns. */
  onFrame: ((frame: Frame) => void) | undefined;
  onRoom: (() => void) | undefined;
  /** Called once, when nothing comes any more. */
  onEnd: (() => void) | undefined;
  close(): void;
  /** Whether it keeps this process running. */
  ref(): void;
  unref(): void;
}

/** As much of a `net.Socket` as a way needs. */
export interface StreamLike {
  write(bytes: Uint8Array): boolean;
  /** Sends the first `length` bytes, which are written over when it has returned. */
  writeReused?(bytes: Uint8Array, length: number): boolean;
  on(event: 'drain' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy(): unknown;
  ref(): unknown;
  unref(): unknown;
}

/** Where frames are made, one after the other: to allocate memory for each costs more than all else that is done for it. */
const MADE = Buffer.allocUnsafeSlow(96 * 1024);

/** `open` gives a stream to another process, and has it call with what comes. */
export function streamWay(open: (onBytes: (bytes: Buffer, length?: number) => void) => StreamLike): Way {
  const reader = readerFor(() => way);
  const stream = open((bytes, length) => reader.push(bytes, length));
  const way: Way = {
    write: (frame) => {
      const length = stream.writeReused && encodeFrameInto(MADE, frame);
      if (length !== undefined && stream.writeReused) return stream.writeReused(MADE, length);
      return stream.write(encodeFrame(frame));
    },
    onFrame: undefined,
    onRoom: undefined,
    onEnd: undefined,
    close: () => void stream.destroy(),
    ref: () => void stream.ref(),
    unref: () => void stream.unref(),
  };
  stream.on('drain', () => way.onRoom?.());
  // 'close' follows, and is all that matters.
  stream.on('error', () => {});
  stream.on('close', () => way.onEnd?.());
  return way;
}

/** What is no frame comes from nobody that could be served. */
function readerFor(way: () => Way): FrameReader {
  return new FrameReader(
    (frame) => way().onFrame?.(frame),
    () => way().close(),
  );
}

/** As much leaves at once: a connection that is sent on the same channel waits behind it. */
const PIECE_BYTES = 48 * 1024;

/** Over a channel of text that carries connections as well: one piece is under way at a time. */
export function textWay(text: TextWay): Way {
  const reader = readerFor(() => way);
  const waiting: Buffer[] = [];
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
    text.send(bytes.toString('base64', 0, PIECE_BYTES), sendNext);
  };
  const way: Way = {
    write: (frame) => {
      if (isClosed) return false;
      waiting.push(encodeFrame(frame));
      if (!isSending) sendNext();
      return waiting.length === 0;
    },
    onFrame: undefined,
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
    if (!isClosed) reader.push(Buffer.from(data, 'base64'));
  };
  return way;
}

/** An end of a way within one process. */
export interface LocalWay extends Way {
  /** What is written meanwhile, at either end, arrives at once when `deed` is done, and what is written on that. */
  corked(deed: () => void): void;
}

/** Both ends of a way within one process. Nothing arrives before whoever has written it is done. */
export function memoryWays(): [LocalWay, LocalWay] {
  const underway = new Underway();
  const [one, other] = [new MemoryEnd(underway), new MemoryEnd(underway)];
  one.peer = other;
  other.peer = one;
  return [one, other];
}

/** A process ends when nothing but this is left, unless it is referenced. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** So many frames arrive before others have their turn of the event loop: who waits for one answer after another is not to keep it. */
const FRAMES_PER_TURN = 64;
/** So many that have arrived are let go at once. */
const MANY_FRAMES = 1024;

class MemoryEnd implements LocalWay {
  peer: MemoryEnd | undefined;
  onFrame: Way['onFrame'];
  onRoom: Way['onRoom'];
  onEnd: Way['onEnd'];
  readonly #underway: Underway;
  #isClosed = false;
  #anchor: NodeJS.Timeout | undefined;

  constructor(underway: Underway) {
    this.#underway = underway;
  }

  write(frame: Frame): boolean {
    const { body } = frame;
    const kept = typeof body === 'object' ? { ...frame, body: keptBody(body) } : frame;
    if (this.peer) this.#underway.add(this.peer, kept);
    return true;
  }

  corked(deed: () => void): void {
    this.#underway.corked(deed);
  }

  take(frame: Frame): void {
    if (!this.#isClosed) this.onFrame?.(frame);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    own.clearInterval(this.#anchor);
    own.nextTick(() => this.onEnd?.());
    this.peer?.close();
  }

  ref(): void {
    if (this.#isClosed) return;
    this.#anchor ??= own.setInterval(() => {}, FOR_EVER_MS);
    this.#anchor.ref();
  }

  unref(): void {
    this.#anchor?.unref();
  }
}

/** What was written at either end of a way within one process and has not arrived. */
class Underway {
  readonly #frames: [to: MemoryEnd, frame: Frame][] = [];
  /** Where the next one is: to take the first off an array takes as long as the array. */
  #next = 0;
  #isCorked = false;
  #isDue = false;
  /** So many may arrive before the next turn. */
  #left = FRAMES_PER_TURN;

  add(to: MemoryEnd, frame: Frame): void {
    this.#frames.push([to, frame]);
    if (!this.#isCorked) this.#bringSoon();
  }

  corked(deed: () => void): void {
    if (this.#isCorked) {
      deed();
      return;
    }
    this.#isCorked = true;
    try {
      deed();
      this.#bring();
    } finally {
      this.#isCorked = false;
      // Whoever throws keeps nobody else from what is theirs.
      if (this.#waiting > 0) this.#bringSoon();
    }
  }

  get #waiting(): number {
    return this.#frames.length - this.#next;
  }

  #take(): [to: MemoryEnd, frame: Frame] | undefined {
    const taken = this.#frames[this.#next];
    this.#next += 1;
    if (this.#waiting > 0 && this.#next < MANY_FRAMES) return taken;
    // The usual one is alone, and the array keeps its memory.
    if (this.#next === 1) this.#frames.pop();
    else this.#frames.splice(0, this.#next);
    this.#next = 0;
    return taken;
  }

  #bring(): void {
    while (this.#left > 0) {
      const next = this.#take();
      if (!next) return;
      const [to, frame] = next;
      this.#left -= 1;
      if (this.#left === 0) own.setImmediate(() => this.#nextTurn());
      to.take(frame);
    }
  }

  #bringSoon(): void {
    if (this.#isDue || this.#left === 0) return;
    this.#isDue = true;
    own.nextTick(() => {
      this.#isDue = false;
      this.corked(() => {});
    });
  }

  #nextTurn(): void {
    // All that waits was written in an earlier turn.
    this.#left = FRAMES_PER_TURN + this.#waiting;
    this.corked(() => {});
  }
}
