import { own } from '../own.ts';
import { headerText } from './header.ts';
import type { HeaderSource } from './header.ts';

/**
 * What goes over a way: frames. A message is one, or several where it is large, between which others may come. As bytes:
 *
 *     length u32 (of what follows), flags u8, stream u32, [header length u32, header], body
 *
 * All little-endian; the header, JSON, is in the first frame of a message only. Within a process frames go as they are.
 */
export interface Frame {
  /** The sender's number of the message. */
  readonly stream: number;
  /** Of the first frame of a message. */
  readonly header: HeaderSource | undefined;
  readonly body: Body | undefined;
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

export function firstFrame(stream: number, header: HeaderSource, body: Body): Frame {
  return { stream, header, body, isLast: false, isAborted: false };
}

export function nextFrame(stream: number, bytes: Buffer, isLast: boolean): Frame {
  return { stream, header: undefined, body: { isJson: false, bytes }, isLast, isAborted: false };
}

export function abortFrame(stream: number): Frame {
  return { stream, header: undefined, body: undefined, isLast: true, isAborted: true };
}

export function encodeFrame({ stream, header, body, isLast, isAborted }: Frame): Buffer {
  const text = header === undefined ? undefined : headerText(header);
  const headerBytes = text === undefined ? 0 : Buffer.byteLength(text);
  const bodyBytes = bodyLength(body);
  const bodyAt = PREFIX_BYTES + (text === undefined ? 0 : LENGTH_BYTES + headerBytes);
  const bytes = Buffer.allocUnsafe(bodyAt + bodyBytes);
  const flags =
    (text === undefined ? 0 : FIRST) |
    (isLast ? LAST : 0) |
    (isAborted ? ABORTED : 0) |
    (text !== undefined && isJsonBody(body) ? JSON_BODY : 0);
  writePrefix(bytes, bytes.length, flags, stream);
  if (text !== undefined) {
    bytes.writeUInt32LE(headerBytes, PREFIX_BYTES);
    bytes.write(text, PREFIX_BYTES + LENGTH_BYTES);
  }
  if (typeof body === 'string') bytes.write(body, bodyAt);
  else if (body) bytes.set(body.bytes, bodyAt);
  return bytes;
}

/** The same for a small one of text, into memory that is used again; gives its length, or `undefined` where it is no such frame. */
export function encodeFrameInto(
  bytes: Buffer,
  { stream, header, body = '', isLast }: Frame,
): number | undefined {
  if (header === undefined || typeof body !== 'string') return undefined;
  const text = headerText(header);
  const headerAt = PREFIX_BYTES + LENGTH_BYTES;
  if (headerAt + (text.length + body.length) * MAX_UNIT_BYTES > bytes.length) return undefined;
  const headerBytes = bytes.write(text, headerAt);
  const bodyAt = headerAt + headerBytes;
  const length = bodyAt + (body === '' ? 0 : bytes.write(body, bodyAt));
  writePrefix(bytes, length, FIRST | JSON_BODY | (isLast ? LAST : 0), stream);
  bytes.writeUInt32LE(headerBytes, PREFIX_BYTES);
  return length;
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

/** Finds the frames in what arrives, however that is cut. What it gives lies in the chunk that it was given, and is valid as long as that. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  readonly #onGarbage: () => void;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  /** Of the frame that is not whole yet; 0 where that is not known. */
  #wantedBytes = 0;
  #isOver = false;

  constructor(onFrame: (frame: Frame) => void, onGarbage: () => void) {
    this.#onFrame = onFrame;
    this.#onGarbage = onGarbage;
  }

  /** The first `length` bytes of it. */
  push(chunk: Buffer, length: number = chunk.length): void {
    if (this.#isOver) return;
    if (this.#keptBytes > 0) {
      this.#kept.push(Buffer.from(chunk.subarray(0, length)));
      this.#keptBytes += length;
      if (this.#keptBytes >= Math.max(LENGTH_BYTES, this.#wantedBytes)) this.#readKept();
    } else {
      this.#read(chunk, length);
    }
  }

  /** Gives no frame any more. After garbage it does so itself: where the next one begins is not known. */
  stop(): void {
    this.#isOver = true;
  }

  #readKept(): void {
    const bytes = Buffer.concat(this.#kept.splice(0));
    this.#read(bytes, bytes.length);
  }

  #read(bytes: Buffer, length: number): void {
    this.#keptBytes = 0;
    this.#wantedBytes = 0;
    let at = 0;
    try {
      while (!this.#isOver && length - at >= LENGTH_BYTES) {
        const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
        if (end - at < PREFIX_BYTES || end - at > MAX_FRAME_BYTES) {
          this.#fail();
          return;
        }
        if (end > length) {
          this.#wantedBytes = end - at;
          return;
        }
        const frame = decode(bytes, at, end);
        if (!frame) {
          this.#fail();
          return;
        }
        at = end;
        this.#onFrame(frame);
      }
    } finally {
      if (!this.#isOver && at < length) {
        this.#kept = [Buffer.from(bytes.subarray(at, length))];
        this.#keptBytes = length - at;
        // Where a callback has thrown, whole frames may be left.
        if (this.#wantedBytes === 0 && this.#keptBytes >= LENGTH_BYTES) own.nextTick(() => this.#readKept());
      }
    }
  }

  #fail(): void {
    this.stop();
    this.#onGarbage();
  }
}

function decode(bytes: Buffer, at: number, end: number): Frame | undefined {
  const flags = bytes.readUInt8(at + 4);
  const stream = bytes.readUInt32LE(at + 5);
  let bodyAt = at + PREFIX_BYTES;
  let header: string | undefined;
  if ((flags & FIRST) !== 0) {
    if (end - bodyAt < LENGTH_BYTES) return undefined;
    const headerAt = bodyAt + LENGTH_BYTES;
    bodyAt = headerAt + bytes.readUInt32LE(bodyAt);
    if (bodyAt > end) return undefined;
    header = bytes.toString('utf8', headerAt, bodyAt);
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
    isLast: (flags & LAST) !== 0,
    isAborted: (flags & ABORTED) !== 0,
  };
}
