import { once } from 'node:events';
import net from 'node:net';

import type { Scope } from './program.ts';

export interface Answer {
  /** The status line and the headers. */
  readonly head: string;
  readonly body: string;
}

/** A client that asks again and again on one connection, and never opens another. */
export class KeptClient {
  readonly socket: net.Socket;

  private constructor(socket: net.Socket) {
    this.socket = socket;
  }

  static async connect(t: Scope, port: number): Promise<KeptClient> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    return new KeptClient(socket.setEncoding('latin1'));
  }

  get isOpen(): boolean {
    return this.socket.readable && this.socket.writable;
  }

  /**
   * The answer to `GET path`, its body without white space around it.
   *
   * @throws {Error} When the connection ends or breaks instead.
   */
  async ask(path: string): Promise<Answer> {
    this.socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    let text = '';
    for (;;) {
      text += await this.#read();
      const [head = '', body] = text.split('\r\n\r\n');
      if (body !== undefined && isWhole(head, body))
        return { head, body: body.replace(/^\w+\r\n/, '').trim() };
    }
  }

  async #read(): Promise<string> {
    const ending = new AbortController();
    const { signal } = ending;
    try {
      return await Promise.race([
        once(this.socket, 'data', { signal }).then(([text]) => String(text)),
        once(this.socket, 'end', { signal }).then(() => {
          throw new Error('the server has closed the connection');
        }),
      ]);
    } finally {
      ending.abort();
    }
  }
}

function isWhole(head: string, body: string): boolean {
  const [, length] = /content-length: (\d+)/i.exec(head) ?? [];
  return length === undefined ? body.endsWith('0\r\n\r\n') : body.length >= Number(length);
}
