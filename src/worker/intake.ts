import type net from 'node:net';

import { own } from '../own.ts';
import type { WorkerMessage } from '../protocol/messages.ts';
import { debug } from '../system/debug.ts';
import {
  asyncIdOf,
  dropsWhenFull,
  isFull,
  placesLeft,
  watchConnectionsClosing,
} from '../system/node-internals.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { inOwnContext } from '../system/own-context.ts';
import { dropConnection } from './connection-limit.ts';
import type { Offer } from './offer.ts';

/** How often a full server looks whether its limit was raised; connections that close are noticed at once. */
const RECHECK_MS = 100;

export interface IntakeOptions {
  readonly server: net.Server;
  /** What gives connections to the server. */
  readonly handle: RawHandle;
  readonly kind: 'tcp' | 'pipe';
  readonly listener: number;
  readonly send: (message: WorkerMessage) => void;
  /** Called for each connection that is this worker's, before its server has it. */
  readonly onTaken?: (() => void) | undefined;
}

/** Where connections from the primary reach one server: taken, refused while it is full, or dropped where it asks so. */
export class Intake {
  readonly #server: net.Server;
  readonly #handle: RawHandle;
  readonly #kind: 'tcp' | 'pipe';
  readonly #listener: number;
  readonly #send: (message: WorkerMessage) => void;
  readonly #onTaken: (() => void) | undefined;
  /** How many connections the primary was told that there is room for, once the server has been full. */
  #told: number | undefined;
  #isWatching = false;
  #recheck: NodeJS.Timeout | undefined;

  constructor({ server, handle, kind, listener, send, onTaken }: IntakeOptions) {
    this.#server = server;
    this.#handle = handle;
    this.#kind = kind;
    this.#listener = listener;
    this.#send = send;
    this.#onTaken = onTaken;
  }

  take(offer: Offer): void {
    const mayEnter = !isFull(this.#server);
    if (!mayEnter && !dropsWhenFull(this.#server)) {
      offer.refuse('full');
      this.tellRoom();
      return;
    }
    // First the word, then the deed: a program that dies of its connection must not be followed by all the others.
    const client = offer.accept(this.#kind);
    if (!client) return;
    this.#onTaken?.();
    try {
      if (!mayEnter) dropConnection(this.#server, client);
      else this.#enter(client, offer.isKept);
    } finally {
      if (this.#told !== undefined) this.#told -= 1;
      if (this.#told === 0) this.tellRoom();
    }
  }

  /** Tells the primary, now or as soon as there is any, how much room there is. */
  tellRoom(): void {
    if (!this.#server.listening) {
      this.#unwatch();
      return;
    }
    const places = dropsWhenFull(this.#server) ? Infinity : placesLeft(this.#server);
    if (places <= 0) {
      this.#watch();
      return;
    }
    this.#unwatch();
    this.#told = places;
    this.#send({ act: 'room', listener: this.#listener, ...(places < Infinity && { places }) });
  }

  #enter(client: RawHandle, isKept: boolean): void {
    const bring = (): void => this.#handle.onconnection?.(0, client);
    inOwnContext('GRAPPOLO_CONNECTION', asyncIdOf(this.#server), bring);
    if (isKept) void expireIdle(client);
  }

  #watch(): void {
    this.#recheck ??= own.setInterval(() => this.tellRoom(), RECHECK_MS).unref();
    if (this.#isWatching) return;
    this.#isWatching = true;
    watchConnectionsClosing(this.#server, () => {
      if (this.#recheck) this.tellRoom();
    });
  }

  #unwatch(): void {
    own.clearInterval(this.#recheck);
    this.#recheck = undefined;
  }
}

/** What that takes few workers ever need; without it, the connection may be idle for longer. */
async function expireIdle(client: RawHandle): Promise<void> {
  try {
    const kept = await import('./kept-connection.ts');
    kept.expireIdle(client);
  } catch (error) {
    debug('what kept connections take cannot be loaded: %s', (error as Error).message);
  }
}
