import { readdirSync, statSync } from 'node:fs';
import type net from 'node:net';
import { getHeapStatistics } from 'node:v8';

import { CELL_COUNT, CELLS } from '../protocol/numbers.ts';
import { own } from '../own.ts';
import type { WorkerMessage } from '../protocol/messages.ts';
import { debug } from '../system/debug.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { openInvitedPage } from '../system/invitation.ts';
import { residentMemory } from '../system/resident-memory.ts';
import { ConnectionCounts } from './connection-counts.ts';
import { HttpCounts } from './http-counts.ts';
import { LoopDelayMeter } from './loop-delay.ts';
import { busyMs } from './loop-times.ts';

export interface NumbersOptions {
  readonly send: (message: WorkerMessage) => void;
  readonly listenerOf: (server: net.Server) => number | undefined;
  /** All that listen. */
  readonly servers: () => readonly net.Server[];
}

/** How often what is measured is written. What is counted is written as it happens. */
const EVERY_MS = 1000;
/** Where the kernel does not say how many descriptors there are, they are counted, which takes longer. */
const DESCRIPTORS_EVERY_MS = 10_000;

/** Keeps this worker's numbers where its primary can read them, or sends them once a second where it cannot. */
export class Numbers {
  readonly #send: (message: WorkerMessage) => void;
  readonly #cells: Float64Array;
  readonly #isShared: boolean;
  readonly #http: HttpCounts;
  readonly #connections: ConnectionCounts;
  readonly #delay = new LoopDelayMeter();
  #timer: NodeJS.Timeout | undefined;
  #beforeMs = 0;
  #busyBeforeMs = 0;
  #descriptorsAtMs = -Infinity;

  /** `page` brings the memory of the primary's; it is closed. */
  constructor(page: RawHandle | undefined, { send, listenerOf, servers }: NumbersOptions) {
    this.#send = send;
    const shared = page && tryPage(page);
    this.#isShared = shared !== undefined;
    this.#cells = shared ?? new Float64Array(CELL_COUNT);
    this.#http = new HttpCounts(this.#cells);
    this.#connections = new ConnectionCounts(this.#cells, listenerOf, servers);
  }

  start(): void {
    if (this.#timer) return;
    this.#http.start();
    this.#connections.start();
    this.#delay.start();
    this.#beforeMs = own.now();
    this.#busyBeforeMs = busyMs();
    this.#timer = own.setInterval(() => this.write(), EVERY_MS).unref();
    this.write();
  }

  stop(): void {
    if (!this.#timer) return;
    this.#measureProcess(own.now());
    own.clearInterval(this.#timer);
    this.#timer = undefined;
    this.#http.stop();
    this.#connections.stop();
    this.#delay.stop();
    // What is counted stays. What was measured gets old, which is not to look as if this worker hung.
    this.#set('writtenAtMs', 0);
    this.#sendUnshared();
  }

  /** Measures, and tells the primary where that cannot read what is written. */
  write(): void {
    const nowMs = own.now();
    this.#http.sweep();
    this.#connections.measure();
    this.#measureProcess(nowMs);
    this.#measureLoop(nowMs);
    this.#set('writtenAtMs', nowMs);
    this.#sendUnshared();
  }

  #sendUnshared(): void {
    if (!this.#isShared) this.#send({ act: 'numbers', cells: [...this.#cells] });
  }

  #measureProcess(nowMs: number): void {
    const { user, system } = process.cpuUsage();
    this.#set('cpuUser', user / 1e6);
    this.#set('cpuSystem', system / 1e6);
    this.#set('memory', residentMemory());
    const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
    this.#set('heapUsed', used);
    this.#set('heapLimit', limit);
    const descriptors = descriptorsSaid();
    if (descriptors === undefined && nowMs - this.#descriptorsAtMs < DESCRIPTORS_EVERY_MS) return;
    this.#descriptorsAtMs = nowMs;
    this.#set('descriptors', descriptors ?? countDescriptors());
  }

  #measureLoop(nowMs: number): void {
    const nowBusyMs = busyMs();
    const passedMs = nowMs - this.#beforeMs;
    if (passedMs > 0)
      this.#set('utilization', Math.min(1, Math.max(0, (nowBusyMs - this.#busyBeforeMs) / passedMs)));
    this.#beforeMs = nowMs;
    this.#busyBeforeMs = nowBusyMs;
    const { meanMs, p99Ms, maxMs } = this.#delay.take();
    this.#set('delayMean', meanMs / 1000);
    this.#set('delayP99', p99Ms / 1000);
    this.#set('delayMax', maxMs / 1000);
  }

  #set(name: keyof typeof CELLS, value: number): void {
    this.#cells[CELLS[name].at] = value;
  }
}

function tryPage(page: RawHandle): Float64Array | undefined {
  try {
    return new Float64Array(openInvitedPage(page));
  } catch (error) {
    debug('numbers go by message: %s', (error as Error).message);
    return undefined;
  }
}

const DESCRIPTORS = '/proc/self/fd';

/** Since Linux 6.2 it is the size of that folder. */
function descriptorsSaid(): number | undefined {
  try {
    return statSync(DESCRIPTORS).size || undefined;
  } catch {
    return 0;
  }
}

function countDescriptors(): number {
  try {
    // Itself is open while it is read.
    return readdirSync(DESCRIPTORS).length - 1;
  } catch {
    return 0;
  }
}
