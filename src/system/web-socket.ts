import { createHash, randomBytes } from 'node:crypto';
import http from 'node:http';
import { addAbortSignal } from 'node:stream';
import type { Duplex } from 'node:stream';

import { encodeFrame, FrameReader, OPCODES } from './web-socket-frames.ts';

export interface WebSocketOptions {
  /** Ends the connection, whatever it is at. */
  readonly signal: AbortSignal;
  /** The longest message that is read. */
  readonly maxMessageBytes: number;
}

/** RFC 6455: what a server adds to the client's key before it hashes it. */
const KEY_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * Connects to a WebSocket server: as much of a client as an inspector needs, since Node 20 has none of its own.
 *
 * @throws {Error} Where there is no such server, or `signal` is aborted first.
 */
export async function openWebSocket(url: string, options: WebSocketOptions): Promise<WebSocketClient> {
  const { signal, maxMessageBytes } = options;
  const key = randomBytes(16).toString('base64');
  const { accept, socket, head } = await upgrade(url, key, signal);
  // Whoever reads is told; an error that comes later interests nobody.
  addAbortSignal(signal, socket).on('error', () => {});
  if (accept !== createHash('sha1').update(`${key}${KEY_SUFFIX}`).digest('base64')) {
    socket.destroy();
    throw new Error('the server did not read the key');
  }
  socket.unshift(head);
  return new WebSocketClient(socket, new FrameReader(maxMessageBytes));
}

interface Upgraded {
  readonly accept: string | undefined;
  readonly socket: Duplex;
  readonly head: Buffer;
}

function upgrade(url: string, key: string, signal: AbortSignal): Promise<Upgraded> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': '13',
  };
  return new Promise((resolve, reject) => {
    http
      .get(url.replace(/^ws:/, 'http:'), { agent: false, headers, signal })
      .on('upgrade', ({ headers: answer }, socket, head) =>
        resolve({ accept: answer['sec-websocket-accept'], socket, head }),
      )
      .on('response', (response) => {
        response.destroy();
        reject(new Error(`the server answered ${response.statusCode} and speaks no WebSocket`));
      })
      .on('error', reject);
  });
}

/** A connection: iterating over it reads the text messages. The connection ends with that, however it ends. */
export class WebSocketClient implements AsyncIterable<string> {
  readonly #socket: Duplex;
  readonly #reader: FrameReader;

  constructor(socket: Duplex, reader: FrameReader) {
    this.#socket = socket;
    this.#reader = reader;
  }

  send(text: string): void {
    this.#write(OPCODES.text, Buffer.from(text));
  }

  /** Once; ends when the server ends. @throws {Error} For a broken connection, or what is no WebSocket's frame. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    for await (const chunk of this.#socket) {
      for (const message of this.#reader.read(chunk as Buffer)) {
        switch (message.type) {
          case 'text':
            yield message.text;
            break;
          case 'ping':
            this.#write(OPCODES.pong, message.data);
            break;
          case 'close':
            this.close();
            return;
          default:
            message satisfies never;
        }
      }
    }
  }

  /** Says so to the server, and waits for nothing: what was sent is in the kernel's hands. */
  close(): void {
    this.#write(OPCODES.close, Buffer.alloc(0));
    this.#socket.destroy();
  }

  #write(opcode: number, data: Buffer): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(opcode, data));
  }
}
