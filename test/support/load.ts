import { once } from 'node:events';
import http from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { limitMs } from './limits.ts';

/** Kinds of requests, and how many of each are sent in a second. */
const RATES = { fresh: 140, kept: 160, slow: 20 } as const;

type Kind = keyof typeof RATES;

/** Connections on which the kept requests come. */
const KEPT_SOCKETS = 16;
/**
 * A client that sends little has connections that are idle for long, and parts with them before a server does: one that is used in that
 * very moment is reset. A worker that leaves waits for a second.
 */
const IDLE_MS = 700;
/** A request that has no answer by then hangs. */
const TIMEOUT_MS = limitMs(15_000);
const TICK_MS = 10;

/** So many requests come in a second. A slower machine may serve fewer; then fewer are sent. */
export const LEAST_PER_SECOND: number = Math.floor((300 * 1000) / limitMs(1000));

/** A request and how long it took. */
export interface Exchange {
  readonly kind: Kind;
  /** After how many ms of the load, and of the request. */
  readonly atMs: number;
  readonly tookMs: number;
  /** How much of that it waited for one of the client's own connections, where there are only so many. */
  readonly queuedMs: number;
  /** The client's port, by which the server knows the connection; `undefined` where there was none. */
  readonly port: number | undefined;
  /** When that connection was begun, in ms of the load: an earlier one may have had the same port. */
  readonly connectedAtMs: number | undefined;
}

export interface Failure extends Exchange {
  /** An error's code, or what was wrong with the response. */
  readonly reason: string;
}

export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly failures: readonly Failure[];
  /** Answered, after more than `lateMs`. */
  readonly late: readonly Exchange[];
  readonly slowestMs: number;
}

export interface LoadOptions {
  readonly port: number;
  /** How long a slow request takes, in ms; the server is asked for it by the query. Default: 400. */
  readonly slowMs?: number;
  /** An answer that takes longer is noted. Default: 1000. */
  readonly lateMs?: number;
  /** So much of the load as it is, where several share a machine. Default: 1. */
  readonly part?: number;
}

/**
 * At least 300 requests a second from Node's own client, each counted until its response has ended: on fresh connections,
 * on kept ones, and slow ones on both. No more of a kind wait for an answer than are sent in a second, so that a machine
 * which cannot keep up is asked for what it can. The server answers `GET /` and `GET /slow?ms=N` with 200.
 */
export class Load {
  readonly #options: LoadOptions;
  readonly #connectedAtMs = new WeakMap<Socket, number>();
  readonly #keptAgent: http.Agent;
  readonly #slowAgent: http.Agent;
  readonly #failures: Failure[] = [];
  readonly #late: Exchange[] = [];
  readonly #underway = new Map<Promise<void>, Kind>();
  readonly #startedAtMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #pausedAtMs: number | undefined;
  #pausedMs = 0;
  readonly #sent: Record<Kind, number> = { fresh: 0, kept: 0, slow: 0 };
  #slowestMs = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    const { part = 1 } = options;
    const keeping = { keepAlive: true, ...(part < 1 && { timeout: IDLE_MS }) };
    this.#keptAgent = new http.Agent({
      ...keeping,
      maxSockets: KEPT_SOCKETS,
      // The last in use first: some are idle for longer than others, until they have a request in the moment that a worker
      // parts with them.
      scheduling: 'lifo',
    });
    this.#slowAgent = new http.Agent(keeping);
    // A test that fails before its load is stopped is to end, too.
    this.#timer = setInterval(() => this.#sendDue(), TICK_MS).unref();
  }

  get failures(): readonly Failure[] {
    return this.#failures;
  }

  /** How many requests have no answer yet. */
  get underway(): number {
    return this.#underway.size;
  }

  /** When it began, by the clock on the wall. */
  get sinceMs(): number {
    return performance.timeOrigin + this.#startedAtMs;
  }

  /** Sends none until it is resumed. */
  pause(): void {
    this.#pausedAtMs ??= performance.now();
  }

  resume(): void {
    if (this.#pausedAtMs === undefined) return;
    this.#pausedMs += performance.now() - this.#pausedAtMs;
    this.#pausedAtMs = undefined;
    // What has been idle meanwhile a server may close in the moment that it is used.
    for (const { freeSockets } of [this.#keptAgent, this.#slowAgent])
      for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
  }

  /** Sends no more, and waits for what is under way. */
  async stop(): Promise<LoadResult> {
    clearInterval(this.#timer);
    this.resume();
    const seconds = this.#secondsOfLoad();
    await Promise.all(this.#underway.keys());
    this.#keptAgent.destroy();
    this.#slowAgent.destroy();
    const requests = this.#sent.fresh + this.#sent.kept + this.#sent.slow;
    return {
      requests,
      perSecond: Math.round(requests / seconds),
      failures: this.#failures,
      late: this.#late,
      slowestMs: Math.round(this.#slowestMs),
    };
  }

  #sendDue(): void {
    if (this.#pausedAtMs !== undefined) return;
    const seconds = this.#secondsOfLoad();
    const { part = 1 } = this.#options;
    for (const kind of Object.keys(RATES) as Kind[]) {
      const rate = RATES[kind] * part;
      let waiting = [...this.#underway.values()].filter((each) => each === kind).length;
      // What is due and not sent, because so many wait, is sent later.
      for (; waiting < rate && this.#sent[kind] < Math.floor(seconds * rate); waiting += 1) {
        this.#sent[kind] += 1;
        const request = this.#send(kind, this.#sent[kind]);
        this.#underway.set(request, kind);
        void request.then(() => this.#underway.delete(request));
      }
    }
  }

  #secondsOfLoad(): number {
    return (performance.now() - this.#startedAtMs - this.#pausedMs) / 1000;
  }

  async #send(kind: Kind, number: number): Promise<void> {
    const { lateMs = 1000 } = this.#options;
    const sentAtMs = performance.now();
    const connection: Connection = { assignedAtMs: undefined, port: undefined, connectedAtMs: undefined };
    const told = (): Exchange => ({
      kind,
      atMs: Math.round(sentAtMs - this.#startedAtMs),
      tookMs: Math.round(performance.now() - sentAtMs),
      queuedMs: Math.round((connection.assignedAtMs ?? performance.now()) - sentAtMs),
      port: connection.port,
      connectedAtMs: connection.connectedAtMs,
    });
    try {
      await this.#exchange(kind, number, connection);
      if (performance.now() - sentAtMs > lateMs) this.#late.push(told());
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#failures.push({ ...told(), reason: code ?? message });
    }
    if (kind !== 'slow') this.#slowestMs = Math.max(this.#slowestMs, performance.now() - sentAtMs);
  }

  async #exchange(kind: Kind, number: number, connection: Connection): Promise<void> {
    const { port, slowMs = 400 } = this.#options;
    const path = kind === 'slow' ? `/slow?ms=${slowMs}` : '/';
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const request = http.get({ port, path, agent: this.#agentFor(kind, number), signal });
    request.once('socket', (socket) => {
      const nowMs = performance.now();
      if (socket.connecting) this.#connectedAtMs.set(socket, Math.round(nowMs - this.#startedAtMs));
      connection.assignedAtMs = nowMs;
      connection.connectedAtMs = this.#connectedAtMs.get(socket);
      const note = (): void => void (connection.port = socket.localPort);
      if (socket.connecting) socket.once('connect', note);
      else note();
    });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    await once(response, 'end');
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    if (!response.complete) throw new Error('incomplete');
  }

  #agentFor(kind: Kind, number: number): http.Agent | false {
    if (kind === 'kept') return this.#keptAgent;
    return kind === 'slow' && number % 2 === 0 ? this.#slowAgent : false;
  }
}

interface Connection {
  assignedAtMs: number | undefined;
  connectedAtMs: number | undefined;
  port: number | undefined;
}

/** Waits until something holds, and fails after `timeoutMs` of a quiet machine. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const limit = limitMs(timeoutMs);
  const untilMs = performance.now() + limit;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error(`not within ${limit} ms: ${what}`);
    await sleep(20);
  }
}
