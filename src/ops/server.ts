import { once } from 'node:events';
import http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Report } from '../api/operations.ts';
import type { SupervisorEvent } from '../api/supervisor.ts';
import { own } from '../own.ts';
import { checkReach, opsAddressError } from './address.ts';
import type { OpsAddress } from './address.ts';
import { refusal, send } from './answer.ts';
import { CachedReports } from './cached-reports.ts';
import { Connections } from './connections.ts';
import { Credentials } from './credentials.ts';
import { codeOf } from '../core/error-code.ts';
import { EventStream } from './event-stream.ts';
import { FrontDesk } from './front-desk.ts';
import type { Page } from './front-desk.ts';
import { Guard } from './guard.ts';
import { inUrl } from './hosts.ts';
import type { Instance } from './instance.ts';
import { LIMITS } from './limits.ts';
import type { OpsLimits } from './limits.ts';
import type { Sample } from './sample.ts';
import { Sampler } from './sampler.ts';
import { SocketFile } from './socket-file.ts';

export interface OpsServerOptions {
  readonly address: OpsAddress;
  readonly instance: Instance;
  readonly metricsText: (report: Report) => string;
  readonly sampleOf: (before: Report, after: Report) => Sample;
  readonly page: Page;
  /** Who knows it may change something, and read where others than this machine can reach the address. */
  readonly token?: string | undefined;
  /** Opens one session for a browser, by `/?token=`. */
  readonly oneTimeToken?: string | undefined;
  /** Whether other machines may reach the address; then reading needs the token as well. Default: false. */
  readonly allowRemote?: boolean | undefined;
  /**
   * Whether all who can reach the address may see what it shows, or only who knows the token or holds a session; the page's own
   * files, `/livez` and `/readyz` are for all. Default: `'all'`, and `'session'` where other machines may reach it.
   */
  readonly readers?: 'all' | 'session' | undefined;
  /** How many workers must be ready for `/readyz`. Default: 1. */
  readonly minReady?: number | undefined;
  /** Names by which the address is reached through a proxy, with a port, or without for any. */
  readonly allowHosts?: readonly string[] | undefined;
  /** Called with what should not have happened, and was answered with 500. What it throws is ignored. */
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly limits?: Partial<OpsLimits> | undefined;
}

/** The operations address of an instance: metrics, health, a page, and what can be asked of it. */
export class OpsServer implements AsyncDisposable {
  readonly #options: OpsServerOptions;
  readonly #limits: OpsLimits;
  readonly #server: http.Server;
  readonly #connections: Connections;
  readonly #reports: CachedReports;
  readonly #stream: EventStream;
  readonly #sampler: Sampler;
  readonly #desk: FrontDesk;
  #unwatch: () => void = () => {};
  #socketFile: SocketFile | undefined;
  #listening: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  /** @throws {GrappoloError} ERR_GRAPPOLO_OPS_ADDRESS: others could reach it, and must not, or need no token. */
  constructor(options: OpsServerOptions) {
    const { address, instance, metricsText, sampleOf, page, token, oneTimeToken, allowHosts = [] } = options;
    const { allowRemote = false, readers = 'all', minReady = 1 } = options;
    checkReach(address, { allowRemote, hasToken: token !== undefined });
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    const { connections, viewers, partingMs, reportAgeMs, sampleMs, headers, bodyBytes } = this.#limits;
    this.#connections = new Connections({ max: connections, partingMs });
    this.#reports = new CachedReports(instance, reportAgeMs);
    this.#stream = new EventStream({
      maxViewers: viewers,
      onViewer: () => void this.#sampler.tellFleet(),
    });
    this.#sampler = new Sampler({
      reports: this.#reports,
      stream: this.#stream,
      sampleOf,
      intervalMs: sampleMs,
      onError: (error) => this.#tell(error),
    });
    const credentials = new Credentials({ token, oneTimeToken });
    const guard = new Guard({
      address,
      credentials,
      readers: allowRemote ? 'session' : readers,
      allowHosts: allowHosts.map((host) => host.toLowerCase()),
      maxHeaders: headers,
    });
    this.#desk = new FrontDesk({
      instance,
      reports: this.#reports,
      stream: this.#stream,
      guard,
      credentials,
      metricsText,
      page,
      minReady,
      maxBodyBytes: bodyBytes,
    });
    this.#server = this.#makeServer();
  }

  /** Where it listens: `http://127.0.0.1:9464`, or `unix:/path`. */
  get url(): string {
    const { address } = this.#options;
    const bound = this.#server.address();
    if (address.type === 'unix') return address.text;
    const port = typeof bound === 'object' && bound ? bound.port : address.port;
    return `http://${inUrl(address.host)}:${port}`;
  }

  /** @throws {GrappoloError} ERR_GRAPPOLO_OPS_ADDRESS: somebody else listens there, or it cannot be had. */
  listen(): Promise<void> {
    this.#listening ??= this.#listen();
    return this.#listening;
  }

  /** Sends viewers home. What is being done for others goes on; who waits for it has a moment. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #listen(): Promise<void> {
    const { address, instance } = this.#options;
    try {
      if (address.type === 'unix') {
        this.#socketFile = await SocketFile.listen(this.#server, address.path);
      } else {
        this.#server.listen({ host: address.host, port: address.port, exclusive: true });
        await once(this.#server, 'listening');
      }
    } catch (error) {
      throw opsAddressError(address.text, whyNot(address, error), error);
    }
    this.#server.on('error', (error) => this.#tell(error));
    this.#unwatch = instance.onEvent((event) => this.#onEvent(event));
    this.#sampler.start();
  }

  async #close(): Promise<void> {
    await this.#listening?.catch(() => {});
    this.#sampler.stop();
    this.#unwatch();
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => {
      const close = (): void => void this.#server.close(() => resolve());
      if (this.#socketFile) this.#socketFile.closeBy(close);
      else close();
    });
    this.#stream.close();
    this.#connections.closeIdle();
    const timer = own.setTimeout(() => this.#server.closeAllConnections(), this.#limits.partingMs);
    await closed;
    own.clearTimeout(timer);
  }

  #makeServer(): http.Server {
    const { headerBytes, headersMs, requestMs, checkMs, keepAliveMs, headers } = this.#limits;
    const server = http.createServer({
      maxHeaderSize: headerBytes,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: checkMs,
      keepAliveTimeout: keepAliveMs,
      // That it is missing is answered here, with the headers that stand in every answer.
      requireHostHeader: false,
    });
    server.maxHeadersCount = headers;
    server.prependListener('connection', (socket: Socket) => this.#connections.add(socket));
    server.on('clientError', (error, socket) => this.#connections.refuse(socket as Socket, error));
    const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#onRequest(request, response);
    // With an expectation that is none, Node would answer by itself.
    return server.on('request', onRequest).on('checkExpectation', onRequest);
  }

  async #onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#connections.isServed(request.socket)) return;
    this.#connections.track(response);
    // A client that leaves amid its body, or before its answer, is none of our errors.
    request.on('error', () => {});
    try {
      const answer = await this.#desk.answer(request, response);
      if (!answer || response.destroyed) return;
      response.setTimeout(this.#limits.stallMs, () => request.socket.destroy());
      if (this.#closed) response.setHeader('Connection', 'close');
      send(response, answer);
    } catch (error) {
      this.#tell(error);
      if (response.headersSent) response.destroy();
      else send(response, refusal(500, 'Something went wrong here'));
    }
  }

  #onEvent(event: SupervisorEvent): void {
    // From this moment on it is not ready, whatever was known a moment ago.
    if (event.type === 'stopping' || event.type === 'stopped') this.#reports.forget();
    this.#stream.event(event);
  }

  #tell(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // What is wrong with the log must not end this.
    }
  }
}

function whyNot({ type }: OpsAddress, error: unknown): string {
  if (codeOf(error) === 'EADDRINUSE')
    return type === 'tcp'
      ? 'somebody else listens there already. Choose another port (--ops ADDRESS)'
      : 'somebody else listens there already, or a file is in the way. Choose another path (--ops unix:/PATH)';
  return error instanceof Error ? error.message : String(error);
}
