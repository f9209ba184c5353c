import { randomBytes } from 'node:crypto';

/** What a WebSocket's other end sent, put together from its frames (RFC 6455). */
export type WebSocketMessage =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'ping'; readonly data: Buffer }
  | { readonly type: 'close' };

export const OPCODES = { continuation: 0, text: 1, close: 8, ping: 9, pong: 10 } as const;

const FIN = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;
const MAX_CONTROL_BYTES = 125;

/** One whole frame of a client, masked as it must be. */
export function encodeFrame(opcode: number, data: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = data.map((byte, index) => byte ^ (mask[index % 4] as number));
  return Buffer.concat([header(opcode, data.length), mask, masked]);
}

function header(opcode: number, length: number): Buffer {
  if (length <= 125) return Buffer.from([FIN | opcode, MASKED | length]);
  if (length <= 0xffff) return Buffer.from([FIN | opcode, MASKED | 126, length >> 8, length & 0xff]);
  const bytes = Buffer.from([FIN | opcode, MASKED | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

/** Reads what a server sends, in whatever pieces it comes. */
export class FrameReader {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bufferedBytes = 0;
  /** How much must be there before anything more can be read. */
  #wantedBytes = 2;
  /** The beginning of a message that came in several frames. */
  #parts: Buffer[] | undefined;
  #partBytes = 0;

  /** A message of more than `maxBytes` is an error. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The messages that are complete now.
   *
   * @throws {Error} For what a server must not send, or what is too long; nothing can be read after that.
   */
  read(chunk: Buffer): WebSocketMessage[] {
    this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.length;
    const messages: WebSocketMessage[] = [];
    if (this.#bufferedBytes < this.#wantedBytes) return messages;

    let rest = Buffer.concat(this.#chunks);
    for (;;) {
      const frame = this.#parse(rest);
      if (typeof frame === 'number') {
        this.#wantedBytes = frame;
        break;
      }
      rest = rest.subarray(frame.endsAt);
      const message = this.#take(frame);
      if (message) messages.push(message);
    }
    this.#chunks = [rest];
    this.#bufferedBytes = rest.length;
    return messages;
  }

  /** The first frame, or how many bytes are needed to go on. */
  #parse(bytes: Buffer): Frame | number {
    if (bytes.length < 2) return 2;
    const first = bytes.readUInt8(0);
    const second = bytes.readUInt8(1);
    if ((first & RESERVED) !== 0) throw new Error('a frame has an extension that was not agreed upon');
    if ((second & MASKED) !== 0) throw new Error('a frame of the server is masked');
    const frame = { opcode: first & 0x0f, isLast: (first & FIN) !== 0 };
    const isControl = frame.opcode >= OPCODES.close;

    const start = second === 127 ? 10 : second === 126 ? 4 : 2;
    if (bytes.length < start) return start;
    const length =
      start === 10 ? Number(bytes.readBigUInt64BE(2)) : start === 4 ? bytes.readUInt16BE(2) : second;
    if (isControl && (length > MAX_CONTROL_BYTES || !frame.isLast)) {
      throw new Error('a control frame is too long, or in several parts');
    }
    if (this.#partBytes + length > this.#maxBytes) {
      throw new Error(`a message is longer than ${this.#maxBytes} bytes`);
    }
    const endsAt = start + length;
    return bytes.length < endsAt ? endsAt : { ...frame, data: bytes.subarray(start, endsAt), endsAt };
  }

  #take({ opcode, isLast, data }: Frame): WebSocketMessage | undefined {
    switch (opcode) {
      case OPCODES.text:
        if (this.#parts) throw new Error('a message begins within another one');
        this.#parts = [];
        return this.#append(data, isLast);
      case OPCODES.continuation:
        return this.#append(data, isLast);
      case OPCODES.close:
        return { type: 'close' };
      case OPCODES.ping:
        return { type: 'ping', data };
      case OPCODES.pong:
        return undefined;
      default:
        throw new Error(`a frame has the opcode ${opcode}`);
    }
  }

  #append(data: Buffer, isLast: boolean): WebSocketMessage | undefined {
    if (!this.#parts) throw new Error('a message goes on that has not begun');
    this.#parts.push(data);
    this.#partBytes += data.length;
    if (!isLast) return undefined;
    const text = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = undefined;
    this.#partBytes = 0;
    return { type: 'text', text };
  }
}

interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly data: Buffer;
  readonly endsAt: number;
}
