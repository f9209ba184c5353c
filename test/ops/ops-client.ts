import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';

import { parseOpsAddress } from '../../src/ops/address.ts';
import { OpsServer } from '../../src/ops/server.ts';
import type { OpsServerOptions } from '../../src/ops/server.ts';
import { FakeInstance, Gate, sampleOf } from './fake-instance.ts';

export const TOKEN = 'a-token-of-many-characters';
export const BEARER = { Authorization: `Bearer ${TOKEN}` };
const FILES: Readonly<Record<string, { type: string; body: Buffer }>> = {
  '/': { type: 'text/html; charset=utf-8', body: Buffer.from('<!doctype html>') },
  '/assets/app.js': { type: 'text/javascript; charset=utf-8', body: Buffer.from('export {};') },
};

export interface Reply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Opened {
  readonly server: OpsServer;
  readonly instance: FakeInstance;
  readonly port: number;
  readonly errors: unknown[];
  readonly ask: (path: string, options?: AskOptions) => Promise<Reply>;
  /** A bare connection. */
  readonly connect: () => Promise<Socket>;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

/** A server on a free port, or on another address, that is closed with its test. */
export async function openOps(
  t: TestContext,
  options: Partial<OpsServerOptions> & { instance?: FakeInstance; text?: string } = {},
): Promise<Opened> {
  const { instance = new FakeInstance(), text = '127.0.0.1:0', ...others } = options;
  const errors: unknown[] = [];
  const server = makeOps(text, { onError: (error) => errors.push(error), ...others, instance });
  await server.listen();
  t.after(() => server.close());
  const isUnix = text.startsWith('unix:');
  const port = isUnix ? 0 : Number(new URL(server.url).port);
  const place = isUnix ? { socketPath: text.slice('unix:'.length) } : { host: '127.0.0.1', port };
  const connect = async (): Promise<Socket> => {
    const socket = isUnix ? net.connect(text.slice('unix:'.length)) : net.connect(port, '127.0.0.1');
    t.after(() => void socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  return {
    server,
    instance,
    port,
    errors,
    connect,
    ask: (path, asked) => ask({ ...place, path }, asked),
  };
}

export function makeOps(text: string, options: Partial<OpsServerOptions> = {}): OpsServer {
  return new OpsServer({
    address: parseOpsAddress(text),
    instance: new FakeInstance(),
    metricsText: ({ atMs, program }) => `# whole ${program !== undefined}\nat_ms ${atMs}\n`,
    sampleOf,
    // As a map is: what every object has is no file.
    page: { get: (path) => (Object.hasOwn(FILES, path) ? FILES[path] : undefined) },
    ...options,
  });
}

/** Asks by any way that Node knows. */
export async function ask(place: http.RequestOptions, options: AskOptions = {}): Promise<Reply> {
  const { method = 'GET', headers = {}, body } = options;
  // Node takes an empty host for none, and adds one.
  const setHost = headers['Host'] !== '';
  const request = http.request({ agent: false, setHost, ...place, method, headers: { ...headers } });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  return { status: response.statusCode ?? 0, headers: response.headers, body: text };
}

/** All that comes on a connection until it ends. */
export async function readAll(socket: Socket): Promise<string> {
  let text = '';
  socket
    .setEncoding('utf8')
    .on('data', (part: string) => (text += part))
    .resume();
  if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return text;
}

/** A viewer at `/events`, and what it has been told. */
export class Viewer {
  readonly told: { readonly name: string; readonly data: unknown }[] = [];
  readonly ended: Promise<void>;
  #waiting: (() => void)[] = [];
  #isOver = false;

  constructor(
    t: TestContext,
    { port }: Pick<Opened, 'port'>,
    headers: Readonly<Record<string, string>> = {},
  ) {
    const request = http.get({ host: '127.0.0.1', port, path: '/events', headers, agent: false });
    t.after(() => void request.destroy());
    request.on('error', () => {});
    this.ended = this.#read(request);
  }

  /** The first `count` of that name. */
  async first(name: string, count = 1): Promise<unknown[]> {
    for (;;) {
      const found = this.told.filter((each) => each.name === name);
      if (found.length >= count) return found.slice(0, count).map(({ data }) => data);
      if (this.#isOver) throw new Error(`The stream ended before ${count} of ${name}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The next of that name, from the first one on, for which something holds. */
  async until(name: string, holds: (data: unknown) => boolean): Promise<unknown> {
    for (let seen = 0; ;) {
      for (; seen < this.told.length; seen += 1) {
        const each = this.told[seen];
        if (each?.name === name && holds(each.data)) return each.data;
      }
      if (this.#isOver) throw new Error(`The stream ended before such a ${name}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async #read(request: http.ClientRequest): Promise<void> {
    try {
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      let rest = '';
      for await (const part of response.setEncoding('utf8')) {
        const frames = (rest + String(part)).split('\n\n');
        rest = frames.pop() ?? '';
        for (const frame of frames) this.#take(frame);
        this.#wake();
      }
    } catch {
      // It was cut off.
    }
    this.#isOver = true;
    this.#wake();
  }

  #take(frame: string): void {
    const [, name, json] = /^event: (\w+)\ndata: ([^\n]*)$/.exec(frame) ?? [];
    if (name !== undefined && json !== undefined) this.told.push({ name, data: JSON.parse(json) as unknown });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** The next requests that come to servers of this process: on which of their sockets. */
export async function requestsCome(t: TestContext, count: number): Promise<Socket[]> {
  const channel = diagnostics.channel('http.server.request.start');
  const sockets: Socket[] = [];
  const enough = new Gate<void>();
  const listener = (message: unknown): void => {
    // As documented for the channel.
    sockets.push((message as { socket: Socket }).socket);
    if (sockets.length === count) enough.open();
  };
  channel.subscribe(listener);
  t.after(() => channel.unsubscribe(listener));
  await enough.opened;
  channel.unsubscribe(listener);
  return sockets;
}
