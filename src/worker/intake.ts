import type net from 'node:net';

import type { WorkerMessage } from '../protocol/messages.ts';
import type { Offer } from './offer.ts';
import { dropsWhenFull, isFull, placesLeft, watchConnectionsClosing } from '../system/node-internals.ts';
import { dropConnection } from './connection-limit.ts';
import type { ExactHandle } from './exact-handle.ts';

/** How often a full server looks whether its limit was raised; connections that close are noticed at once. */
const RECHECK_MS = 100;

export interface IntakeOptions {
  readonly server: net.Server;
  readonly handle: ExactHandle;
  readonly listener: number;
  readonly send: (message: WorkerMessage) => void;
  /** Called for each connection that is this worker's, before its server has it. */
  readonly onTaken?: (() => void) | undefined;
}

/** Where connections from the primary reach one server: taken, refused while it is full, or dropped where it asks so. */
export class Intake {
  readonly #server: net.Server;
  readonly #handle: ExactHandle;
  readonly #listener: number;
  readonly #send: (message: WorkerMessage) => void;
  readonly #onTaken: (() => void) | undefined;
  /** How many connections the primary was told that there is room for, once the server has been full. */
  #told: number | undefined;
  #isWatching = false;
  #recheck: NodeJS.Timeout | undefined;

  constructor({ server, handle, listener, send, onTaken }: IntakeOptions) {
    this.#server = server;
    this.#handle = handle;
    this.#listener = listener;
    this.#send = send;
    this.#onTaken = onTaken;
  }

  take(offer: Offer): void {
    const mayEnter = !isFull(this.#server);
    if (!mayEnter && !dropsWhenFull(this.#server)) {
      offer.refuse('full');
      this.#tellRoom();
      return;
    }
    // First the word, then the deed: a program that dies of its connection must not be followed by all the others.
    const client = offer.accept(this.#handle.kind);
    if (!client) return;
    this.#onTaken?.();
    try {
      if (mayEnter) this.#handle.onconnection?.(0, client);
      else dropConnection(this.#server, client);
    } finally {
      if (this.#told !== undefined) this.#told -= 1;
      if (this.#told === 0) this.#tellRoom();
    }
  }

  /** Tells the primary, now or as soon as there is any, how much room there is. */
  #tellRoom(): void {
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

  #watch(): void {
    this.#recheck ??= setInterval(() => this.#tellRoom(), RECHECK_MS).unref();
    if (this.#isWatching) return;
    this.#isWatching = true;
    watchConnectionsClosing(this.#server, () => {
      if (this.#recheck) this.#tellRoom();
    });
  }

  #unwatch(): void {
    clearInterval(this.#recheck);
    this.#recheck = undefined;
  }
}
