import { own } from '../own.ts';
import { headerText } from './header.ts';
import type { HeaderSource } from './header.ts';

/**
 * What goes over a way: frames. A message is one, or several where it is large, between which others may come. As bytes:
 *
 *     length u32 (of what follows), flags u8, stream u32, [header length u32, header, [total length of the body u32]], body
 *
 * All little-endian; the header, JSON, is in the first frame of a message only. Within a process frames go as they are.
 */
export interface Frame {
  /** The sender's number of the message. */
  readonly stream: number;
  /** Of the first frame of a message. */
  readonly header: HeaderSource | undefined;
  readonly body: Body | undefined;
  /** Of the first frame of several: how long the body is, all of it; 0 where that is not known. */
  readonly totalBytes?: number;
  readonly isLast: boolean;
  /** The rest of it will not come. */
  readonly isAborted: boolean;
}

/** A value of the program as it travels: JSON, which may be text, or what the structured clone algorithm makes of it. */
export type Body = string | RawBody;

export interface RawBody {
  readonly isJson: boolean;
  readonly bytes: Buffer;
}

/** How much of a body goes into one frame. */
export const PIECE_BYTES: number = 64 * 1024;

/** What counts as one in the length of a text has three bytes at most. */
const MAX_UNIT_BYTES = 3;

/** A longer frame is none of ours. */
const MAX_FRAME_BYTES = 16 * 2 ** 20;

const FIRST = 1;
const LAST = 2;
const ABORTED = 4;
const JSON_BODY = 8;

const MAX_STREAM = 2 ** 32 - 1;

const LENGTH_BYTES = 4;
const PREFIX_BYTES = 9;

/** A sender's next number: from 1 to the largest, and again from 1 on. */
export function streamAfter(stream: number): number {
  return stream === MAX_STREAM ? 1 : stream + 1;
}

/** A whole message in one frame: the usual one. */
export function wholeFrame(stream: number, header: HeaderSource, body: Body | undefined): Frame {
  return { stream, header, body, isLast: true, isAborted: false };
}

export function firstFrame(stream: number, header: HeaderSource, body: Body, totalBytes = 0): Frame {
  return { stream, header, body, totalBytes, isLast: false, isAborted: false };
}

export function nextFrame(stream: number, bytes: Buffer, isLast: boolean): Frame {
  return { stream, header: undefined, body: { isJson: false, bytes }, isLast, isAborted: false };
}

export function abortFrame(stream: number): Frame {
  return { stream, header: undefined, body: undefined, isLast: true, isAborted: true };
}

export function encodeFrame(frame: Frame): Buffer {
  const { header, body } = frame;
  const text = header === undefined ? undefined : headerText(header);
  const headBytes = headLength(frame, text === undefined ? 0 : Buffer.byteLength(text));
  const bytes = Buffer.allocUnsafe(headBytes + bodyLength(body));
  writeFrame(bytes, frame, text);
  return bytes;
}

/** The same into memory that is used again; gives its length, or `undefined` where it may be too long for that. */
export function encodeFrameInto(bytes: Buffer, frame: Frame): number | undefined {
  const { header, body } = frame;
  const text = header === undefined ? undefined : headerText(header);
  const headBytes = headLength(frame, (text?.length ?? 0) * MAX_UNIT_BYTES);
  const bodyBytes = typeof body === 'string' ? body.length * MAX_UNIT_BYTES : (body?.bytes.length ?? 0);
  if (headBytes + bodyBytes > bytes.length) return undefined;
  return writeFrame(bytes, frame, text);
}

/** Of all that is before the body. */
function headLength({ header, isLast }: Frame, headerBytes: number): number {
  if (header === undefined) return PREFIX_BYTES;
  return PREFIX_BYTES + LENGTH_BYTES + headerBytes + (isLast ? 0 : LENGTH_BYTES);
}

/** Gives its length. */
function writeFrame(
  bytes: Buffer,
  { stream, body, totalBytes = 0, isLast, isAborted }: Frame,
  header: string | undefined,
): number {
  let at = PREFIX_BYTES;
  if (header !== undefined) {
    const headerBytes = bytes.write(header, at + LENGTH_BYTES);
    bytes.writeUInt32LE(headerBytes, at);
    at += LENGTH_BYTES + headerBytes;
    if (!isLast) at = bytes.writeUInt32LE(totalBytes, at);
  }
  if (typeof body === 'string') at += bytes.write(body, at);
  else if (body) {
    bytes.set(body.bytes, at);
    at += body.bytes.length;
  }
  const flags =
    (header === undefined ? 0 : FIRST) |
    (isLast ? LAST : 0) |
    (isAborted ? ABORTED : 0) |
    (header !== undefined && isJsonBody(body) ? JSON_BODY : 0);
  writePrefix(bytes, at, flags, stream);
  return at;
}

function writePrefix(bytes: Buffer, length: number, flags: number, stream: number): void {
  bytes.writeUInt32LE(length - LENGTH_BYTES, 0);
  bytes.writeUInt8(flags, 4);
  bytes.writeUInt32LE(stream, 5);
}

/** A body as bytes. */
export function rawBody(body: Body): RawBody {
  return typeof body === 'string' ? { isJson: true, bytes: Buffer.from(body) } : body;
}

/** A small body may lie in memory that is read into again: this one does not. */
export function keptBody(body: Body): Body {
  // What this process has made itself is whole, and nobody else's.
  if (typeof body === 'string' || body.bytes.length > PIECE_BYTES) return body;
  return body.isJson ? body.bytes.toString() : { isJson: false, bytes: Buffer.from(body.bytes) };
}

/** Whether it surely fits into a frame. */
export function isSmall(body: Body | undefined): boolean {
  if (typeof body === 'string') return body.length <= PIECE_BYTES / MAX_UNIT_BYTES;
  return body === undefined || body.bytes.length <= PIECE_BYTES;
}

export function bodyLength(body: Body | undefined): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body?.bytes.length ?? 0;
}

function isJsonBody(body: Body | undefined): boolean {
  return typeof body === 'string' || (body?.isJson ?? true);
}

/** As much memory is kept for frames that arrive in parts; for a longer one it is let go again. */
const KEPT_BYTES = 128 * 1024;

/**
 * Finds the frames in what arrives, however that is cut. What it gives lies in the chunk that it was given, or in memory that it uses again, and is
 * valid until `onFrame` returns.
 */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  readonly #onGarbage: () => void;
  /** The beginning of a frame whose rest has not come. */
  #kept: Buffer = Buffer.alloc(0);
  #keptBytes = 0;
  /** Up to where the chunk is read. */
  #at = 0;
  /** Where a callback has thrown: what came behind, until it is read. */
  #late: Buffer[] = [];
  #isOver = false;

  constructor(onFrame: (frame: Frame) => void, onGarbage: () => void) {
    this.#onFrame = onFrame;
    this.#onGarbage = onGarbage;
  }

  /** The first `length` bytes of it. */
  push(chunk: Buffer, length: number = chunk.length): void {
    if (this.#late.length > 0) this.#late.push(Buffer.from(chunk.subarray(0, length)));
    else this.#read(chunk, length);
  }

  /** Gives no frame any more. After garbage it does so itself: where the next one begins is not known. */
  stop(): void {
    this.#isOver = true;
  }

  #read(chunk: Buffer, length: number): void {
    this.#at = 0;
    try {
      while (!this.#isOver) {
        const frame = this.#next(chunk, length);
        if (!frame) return;
        this.#onFrame(frame);
      }
    } finally {
      if (this.#at < length && !this.#isOver) this.#readLater(Buffer.from(chunk.subarray(this.#at, length)));
    }
  }

  #readLater(rest: Buffer): void {
    this.#late.unshift(rest);
    own.nextTick(() => {
      const late = Buffer.concat(this.#late.splice(0));
      this.#read(late, late.length);
    });
  }

  /** `undefined` where the rest of the chunk has none, which is kept then. */
  #next(chunk: Buffer, length: number): Frame | undefined {
    if (this.#keptBytes > 0) return this.#nextKept(chunk, length);
    const at = this.#at;
    const end = length - at < LENGTH_BYTES ? Infinity : at + this.#lengthAt(chunk, at);
    if (end > length) {
      this.#keep(chunk, length, length - at);
      return undefined;
    }
    this.#at = end;
    return this.#decode(chunk, at, end);
  }

  /** The one whose beginning is kept. */
  #nextKept(chunk: Buffer, length: number): Frame | undefined {
    this.#keep(chunk, length, LENGTH_BYTES - this.#keptBytes);
    if (this.#keptBytes < LENGTH_BYTES) return undefined;
    const wanted = this.#lengthAt(this.#kept, 0);
    if (this.#isOver) return undefined;
    this.#keep(chunk, length, wanted - this.#keptBytes);
    if (this.#keptBytes < wanted) return undefined;
    this.#keptBytes = 0;
    const kept = this.#kept;
    if (kept.length > KEPT_BYTES) this.#kept = Buffer.alloc(0);
    return this.#decode(kept, 0, wanted);
  }

  /** Of the chunk so many bytes more, or all that it has. */
  #keep(chunk: Buffer, length: number, bytes: number): void {
    if (bytes <= 0) return;
    const wanted = this.#keptBytes + bytes;
    if (this.#kept.length < wanted) {
      const larger = Buffer.allocUnsafeSlow(Math.max(wanted, KEPT_BYTES));
      this.#kept.copy(larger, 0, 0, this.#keptBytes);
      this.#kept = larger;
    }
    const copied = chunk.copy(this.#kept, this.#keptBytes, this.#at, Math.min(this.#at + bytes, length));
    this.#keptBytes += copied;
    this.#at += copied;
  }

  /** How long a frame is, all of it; fails where it cannot be one. */
  #lengthAt(bytes: Buffer, at: number): number {
    const length = LENGTH_BYTES + bytes.readUInt32LE(at);
    if (length < PREFIX_BYTES || length > MAX_FRAME_BYTES) this.#fail();
    return length;
  }

  #decode(bytes: Buffer, at: number, end: number): Frame | undefined {
    const frame = this.#isOver ? undefined : decode(bytes, at, end);
    if (!frame) this.#fail();
    return frame;
  }

  #fail(): void {
    if (this.#isOver) return;
    this.stop();
    this.#onGarbage();
  }
}

function decode(bytes: Buffer, at: number, end: number): Frame | undefined {
  const flags = bytes.readUInt8(at + 4);
  const stream = bytes.readUInt32LE(at + 5);
  let bodyAt = at + PREFIX_BYTES;
  let header: string | undefined;
  let totalBytes = 0;
  if ((flags & FIRST) !== 0) {
    if (end - bodyAt < LENGTH_BYTES) return undefined;
    const headerAt = bodyAt + LENGTH_BYTES;
    bodyAt = headerAt + bytes.readUInt32LE(bodyAt);
    if (bodyAt > end) return undefined;
    header = bytes.toString('utf8', headerAt, bodyAt);
    if ((flags & LAST) === 0) {
      if (end - bodyAt < LENGTH_BYTES) return undefined;
      totalBytes = bytes.readUInt32LE(bodyAt);
      bodyAt += LENGTH_BYTES;
    }
  }
  const isWhole = (flags & (FIRST | LAST)) === (FIRST | LAST);
  const isJson = (flags & JSON_BODY) !== 0;
  return {
    stream,
    header,
    // Of what is small and whole, text is all that anybody wants; to make a view of it costs more.
    body:
      isWhole && isJson && end - bodyAt <= PIECE_BYTES
        ? bytes.toString('utf8', bodyAt, end)
        : { isJson, bytes: bytes.subarray(bodyAt, end) },
    totalBytes,
    isLast: (flags & LAST) !== 0,
    isAborted: (flags & ABORTED) !== 0,
  };
}
