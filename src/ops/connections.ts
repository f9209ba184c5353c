import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { own } from '../own.ts';
import { rawAnswer } from './answer.ts';

export interface ConnectionsOptions {
  readonly max: number;
  /** How long a client has to close its side of a connection that has been ended. */
  readonly partingMs: number;
}

/** The connections there are, no more than some; what cannot be answered by a request is answered here. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #open = new Set<Socket>();
  /** Those that are being ended; of them, too, there are no more than that. */
  readonly #parting = new Set<Socket>();
  readonly #responses = new Set<ServerResponse>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  add(socket: Socket): void {
    const { max } = this.#options;
    const text = rawAnswer(503, `There are ${max} connections already`);
    // Whoever asks for nothing makes room, the oldest first: a probe is not to wait for those who are silent.
    const idle = this.#open.size < max ? undefined : this.#idle()[0];
    if (idle) {
      this.#open.delete(idle);
      this.#part(idle, text);
    }
    if (this.#open.size < max) {
      this.#open.add(socket);
      socket.once('close', () => this.#closed(socket));
    } else {
      this.#part(socket, text);
    }
  }

  /** Whether a request may still be answered on its connection. */
  isServed(socket: Socket): boolean {
    return this.#open.has(socket) && !this.#parting.has(socket);
  }

  /** Answers are under way from here on. */
  track(response: ServerResponse): void {
    this.#responses.add(response);
    response.once('close', () => this.#responses.delete(response));
  }

  /** Responses behind another one are not told that their connection has closed. */
  #closed(socket: Socket): void {
    this.#open.delete(socket);
    for (const response of this.#responses)
      if (response.req.socket === socket) this.#responses.delete(response);
  }

  /** Ends all on which nothing is being answered. */
  closeIdle(): void {
    for (const socket of this.#idle()) socket.destroy();
  }

  /** What came is no request, or has not come in time. */
  refuse(socket: Socket, error: Error & { readonly code?: string }): void {
    const isAnswering = [...this.#responses].some(
      ({ req, headersSent }) => req.socket === socket && headersSent,
    );
    if (isAnswering || !socket.writable || this.#parting.has(socket)) {
      socket.destroy();
      return;
    }
    const [status, message] = REFUSALS[error.code ?? ''] ?? [400, 'This is no request'];
    this.#part(socket, rawAnswer(status, message));
  }

  /** Those on which nothing is being answered, the oldest first. */
  #idle(): Socket[] {
    const busy = new Set([...this.#responses].map(({ req }) => req.socket));
    return [...this.#open].filter((socket) => !busy.has(socket) && !this.#parting.has(socket));
  }

  #part(socket: Socket, text: string): void {
    if (this.#parting.size >= this.#options.max) {
      socket.destroy();
      return;
    }
    this.#parting.add(socket);
    const timer = own.setTimeout(() => socket.destroy(), this.#options.partingMs);
    socket
      .on('error', () => {})
      .once('close', () => {
        own.clearTimeout(timer);
        this.#parting.delete(socket);
      });
    // A client that still sends when its connection is closed would see a reset in place of the answer.
    socket.end(text);
    socket.resume();
  }
}

const REFUSALS: Readonly<Record<string, readonly [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The extensions of chunks are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request has not come in time'],
};
