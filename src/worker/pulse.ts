import net from 'node:net';

import { own } from '../own.ts';
import type { WorkerMessage } from '../protocol/messages.ts';
import { openConnections } from '../system/node-internals.ts';
import { residentMemory } from '../system/resident-memory.ts';
import type { Listenable } from './listening.ts';
import { loopTimes, turnMs } from './loop-times.ts';

export interface PulseOptions {
  readonly send: (message: WorkerMessage) => void;
  readonly targets: () => readonly Listenable[];
  readonly everyMs: number;
}

/** Says, once it is started, how this worker is: at once and every `everyMs`. */
export class Pulse {
  readonly #options: PulseOptions;
  readonly #servers = new Set<net.Server>();
  #before = loopTimes();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: PulseOptions) {
    this.#options = options;
  }

  /** A server is about to listen: it may do so, and close again, between two beats. */
  add(target: Listenable): void {
    if (target instanceof net.Server) this.#servers.add(target);
  }

  start(): void {
    if (this.#isStopped) return;
    this.#timer = own.setInterval(() => this.#beat(), this.#options.everyMs).unref();
    this.#beat();
  }

  stop(): void {
    this.#isStopped = true;
    own.clearInterval(this.#timer);
  }

  #beat(): void {
    const now = loopTimes();
    const delayMs = turnMs(this.#before, now) ?? 0;
    this.#before = now;
    const memory = residentMemory();
    this.#options.send({ act: 'pulse', memory, delayMs, connections: this.#countConnections() });
  }

  #countConnections(): number {
    const targets = new Set(this.#options.targets());
    let connections = 0;
    for (const server of this.#servers) {
      const open = openConnections(server);
      connections += open;
      // A server that listens no more may have connections for long.
      if (open === 0 && !targets.has(server)) this.#servers.delete(server);
    }
    return connections;
  }
}
