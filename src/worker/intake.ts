import type net from 'node:net';

import type { WorkerMessage } from '../protocol/messages.ts';
import type { Offer } from './offer.ts';
import { dropsWhenFull, isFull, watchConnectionsClosing } from '../system/node-internals.ts';
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
  #isWatching = false;
  #recheck: NodeJS.Timeout | undefined;
  #onConnectionClosed: (() => void) | undefined;

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
    if (mayEnter) this.#handle.onconnection?.(0, client);
    else dropConnection(this.#server, client);
  }

  /** Tells the primary, once, when the server can take connections again. */
  #tellRoom(): void {
    if (this.#recheck) return;
    const check = (): void => {
      if (!this.#recheck) return;
      const isClosed = !this.#server.listening;
      if (!isClosed && isFull(this.#server)) return;
      clearInterval(this.#recheck);
      this.#recheck = undefined;
      if (!isClosed) this.#send({ act: 'room', listener: this.#listener });
    };
    this.#recheck = setInterval(check, RECHECK_MS).unref();
    if (this.#isWatching) return;
    this.#isWatching = true;
    watchConnectionsClosing(this.#server, () => this.#onConnectionClosed?.());
    this.#onConnectionClosed = check;
  }
}
