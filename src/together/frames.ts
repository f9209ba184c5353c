/**
 * What goes over a way: frames. A message is one frame, or several where it is large, between which others may come:
 *
 *     length u32 (of what follows), flags u8, stream u32, [header length u32, header], body
 *
 * All little-endian; the header, JSON, is in the first frame of a message only.
 */
export interface Frame {
  /** The sender's number of the message. */
  readonly stream: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** The rest of it will not come. */
  readonly isAborted: boolean;
  readonly body: RawBody;
  /** Of the first frame. */
  readonly header: string;
}

/** A value of the program as it travels: JSON, or what the structured clone algorithm makes of it. */
export interface RawBody {
  readonly isJson: boolean;
  readonly bytes: Buffer;
}

/** How much of a body goes into one frame. */
export const PIECE_BYTES: number = 64 * 1024;

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

/** A whole message in one frame: the usual one, so its body may be text that is not encoded before. */
export function encodeWhole(stream: number, header: string, body: string | RawBody | undefined): Buffer {
  const headerBytes = Buffer.byteLength(header);
  const isText = typeof body === 'string';
  const bodyBytes = isText ? Buffer.byteLength(body) : (body?.bytes.length ?? 0);
  const isJson = isText || (body?.isJson ?? true);
  const frame = begin(stream, FIRST | LAST | (isJson ? JSON_BODY : 0), 4 + headerBytes + bodyBytes);
  const at = writeHeader(frame, header, headerBytes);
  if (isText) frame.write(body, at);
  else if (body) frame.set(body.bytes, at);
  return frame;
}

export function encodeFirst(stream: number, header: string, body: RawBody): Buffer {
  const headerBytes = Buffer.byteLength(header);
  const flags = FIRST | (body.isJson ? JSON_BODY : 0);
  const frame = begin(stream, flags, 4 + headerBytes + body.bytes.length);
  frame.set(body.bytes, writeHeader(frame, header, headerBytes));
  return frame;
}

export function encodeNext(stream: number, bytes: Uint8Array, isLast: boolean): Buffer {
  const frame = begin(stream, isLast ? LAST : 0, bytes.length);
  frame.set(bytes, PREFIX_BYTES);
  return frame;
}

export function encodeAbort(stream: number): Buffer {
  return begin(stream, LAST | ABORTED, 0);
}

function begin(stream: number, flags: number, bytes: number): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + bytes);
  frame.writeUInt32LE(frame.length - LENGTH_BYTES, 0);
  frame.writeUInt8(flags, 4);
  frame.writeUInt32LE(stream, 5);
  return frame;
}

/** Gives where the body begins. */
function writeHeader(frame: Buffer, header: string, headerBytes: number): number {
  frame.writeUInt32LE(headerBytes, PREFIX_BYTES);
  frame.write(header, PREFIX_BYTES + 4);
  return PREFIX_BYTES + 4 + headerBytes;
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

  push(chunk: Buffer): void {
    if (this.#isOver) return;
    if (this.#keptBytes > 0) {
      this.#kept.push(Buffer.from(chunk));
      this.#keptBytes += chunk.length;
      if (this.#keptBytes < Math.max(LENGTH_BYTES, this.#wantedBytes)) return;
      this.#read(Buffer.concat(this.#kept.splice(0)));
    } else {
      this.#read(chunk);
    }
  }

  /** Gives no frame any more. After garbage it does so itself: where the next one begins is not known. */
  stop(): void {
    this.#isOver = true;
  }

  #read(bytes: Buffer): void {
    this.#keptBytes = 0;
    this.#wantedBytes = 0;
    let at = 0;
    try {
      while (!this.#isOver && bytes.length - at >= LENGTH_BYTES) {
        const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
        if (end - at < PREFIX_BYTES || end - at > MAX_FRAME_BYTES) {
          this.#fail();
          return;
        }
        if (end > bytes.length) {
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
      // Also where a callback throws: the next frame begins where this one has ended.
      if (!this.#isOver && at < bytes.length) {
        this.#kept = [Buffer.from(bytes.subarray(at))];
        this.#keptBytes = bytes.length - at;
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
  let header = '';
  const isFirst = (flags & FIRST) !== 0;
  if (isFirst) {
    if (end - bodyAt < 4) return undefined;
    const headerAt = bodyAt + 4;
    bodyAt = headerAt + bytes.readUInt32LE(bodyAt);
    if (bodyAt > end) return undefined;
    header = bytes.toString('utf8', headerAt, bodyAt);
  }
  return {
    stream,
    isFirst,
    isLast: (flags & LAST) !== 0,
    isAborted: (flags & ABORTED) !== 0,
    body: { isJson: (flags & JSON_BODY) !== 0, bytes: bytes.subarray(bodyAt, end) },
    header,
  };
}
