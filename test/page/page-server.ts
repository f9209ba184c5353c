import { EventEmitter, once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import type { FleetStatus } from '../../src/api/operations.ts';
import type { Deed, Verdict } from '../../src/ops/instance.ts';
import type { Sample, StreamEvents } from '../../src/ops/sample.ts';
import { inRoot } from '../support/paths.ts';

const PAGE = inRoot('dist/page');
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

/** Serves the page, and plays an instance that does what the test says. */
export class PageServer {
  url = '';
  /** The token of those who may do something; without one, nobody may. */
  token: string | undefined;
  /** What was asked for. */
  readonly deeds: Deed[] = [];
  /** How it ends. */
  verdict: Promise<Verdict> | Verdict = {
    type: 'failed',
    code: 'ERR_GRAPPOLO_BUSY',
    message: 'Nothing is set',
  };
  /** Whether only those who are logged in are shown anything. */
  isForReaders = false;
  /** While false, streams are refused. */
  isUp = true;
  readonly #server = http.createServer((request, response) => void this.#answer(request, response));
  readonly #streams = new Set<http.ServerResponse>();
  readonly #refusals = new EventEmitter<{ refused: [] }>();
  #history: StreamEvents['history'] = { samples: [], events: [] };
  #sample: Sample | undefined;
  #fleet: FleetStatus | undefined;
  #session = 1;
  #timer: NodeJS.Timeout | undefined;

  static async start(): Promise<PageServer> {
    const server = new PageServer();
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    server.url = `http://127.0.0.1:${(server.#server.address() as AddressInfo).port}/`;
    return server;
  }

  /** What the next stream begins with. */
  set history(history: StreamEvents['history']) {
    this.#history = history;
  }

  send<Name extends keyof StreamEvents>(name: Name, data: StreamEvents[Name]): void {
    for (const stream of this.#streams) stream.write(messageOf(name, data));
  }

  /** The instance is like this from now on: a sample each second says so. */
  play(sample: Sample): void {
    this.#sample = sample;
    this.#history = { ...this.#history, samples: [sample] };
    this.#beat();
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#beat(), 1000);
  }

  /** The fleet is like this from now on. */
  tellFleet(fleet: FleetStatus): void {
    this.#fleet = fleet;
    this.send('fleet', fleet);
  }

  /** It says nothing from now on. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** The primary does not answer the server from now on. */
  lose(message: string): void {
    this.stop();
    this.send('trouble', { message });
  }

  /** Streams break without a word: to the page they are open, and silent. */
  forgetStreams(): void {
    this.#streams.clear();
  }

  /** All sessions end, and streams break, as when the server is started anew. */
  endSessions(): void {
    this.#session += 1;
    for (const stream of this.#streams) stream.destroy();
  }

  /** The server is gone: its connections break, and streams are refused. Fulfilled once the page has asked again in vain. */
  async goDown(): Promise<void> {
    this.isUp = false;
    for (const stream of this.#streams) stream.destroy();
    await once(this.#refusals, 'refused');
  }

  async close(): Promise<void> {
    this.stop();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #beat(): void {
    if (!this.#sample) return;
    this.#sample = { ...this.#sample, atMs: this.#sample.atMs + 1000 };
    this.send('sample', this.#sample);
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    response.setHeader('content-security-policy', "default-src 'self'");
    response.setHeader('cache-control', 'no-store');
    const { pathname } = new URL(request.url ?? '/', this.url);
    if (pathname === '/events') return this.#stream(request, response);
    if (pathname === '/session') return this.#answerSession(request, response);
    if (request.method === 'POST') return this.#perform(request, pathname, response);
    const file = path.join(PAGE, pathname === '/' ? 'index.html' : pathname);
    if (!existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'text/plain' });
    response.end(readFileSync(file));
  }

  #stream({ method, headers }: http.IncomingMessage, response: http.ServerResponse): void {
    if (!this.isUp) {
      response.writeHead(503).end();
      this.#refusals.emit('refused');
      return;
    }
    const refused = this.isForReaders ? this.#refusalOf(headers) : undefined;
    if (refused !== undefined) return void response.writeHead(refused).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (method === 'HEAD') return void response.end();
    response.write(messageOf('history', this.#history));
    if (this.#fleet) response.write(messageOf('fleet', this.#fleet));
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }

  #answerSession({ method, headers }: http.IncomingMessage, response: http.ServerResponse): void {
    if (this.token === undefined) return void response.writeHead(method === 'GET' ? 404 : 403).end();
    if (method === 'GET') return void response.writeHead(this.#refusalOf(headers) ? 401 : 200).end();
    if (headers.authorization !== `Bearer ${this.token}`) return void response.writeHead(403).end();
    const cookie = `session=${this.#session}; HttpOnly; SameSite=Strict`;
    response.writeHead(204, { 'set-cookie': cookie }).end();
  }

  /** As the operations address has it: 401 of who shows nothing, and 403 of who shows what is wrong, or over. */
  #refusalOf({ cookie }: http.IncomingHttpHeaders): number | undefined {
    if (cookie === undefined) return 401;
    return cookie === `session=${this.#session}` ? undefined : 403;
  }

  async #perform(
    request: http.IncomingMessage,
    pathname: string,
    response: http.ServerResponse,
  ): Promise<void> {
    const refused = this.#refusalOf(request.headers);
    if (refused !== undefined) return void response.writeHead(refused).end();
    const body = (await request.setEncoding('utf8').toArray()).join('');
    const [, slot] = /^\/workers\/(\d+)\/replace$/.exec(pathname) ?? [];
    if (slot !== undefined) this.deeds.push({ command: 'replace', slot: Number(slot) });
    else if (pathname === '/reload') this.deeds.push({ command: 'reload' });
    else if (pathname === '/scale')
      this.deeds.push({ command: 'scale', ...(JSON.parse(body) as { workers: number }) });
    else return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(await this.verdict));
  }
}

function messageOf(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
