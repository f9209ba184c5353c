import type { ChildProcess } from 'node:child_process';
import os from 'node:os';

import { bindWorker, Worker } from '../api/worker.ts';
import { endReason } from '../core/end-reason.ts';
import { NEWBORN, transition } from '../core/lifecycle.ts';
import type { Exit, Life, LifeEffect, LifeEvent } from '../core/lifecycle.ts';
import { createIpcLane } from '../lanes/ipc-lane.ts';
import type { Connection, LaneEvents } from '../lanes/lane.ts';
import { WorkerLane } from '../lanes/worker-lane.ts';
import { own } from '../own.ts';
import { HandlePost } from '../protocol/handle-post.ts';
import { parseWorkerMessage } from '../protocol/messages.ts';
import type { Address, DrainOrder, PrimaryMessage, WorkerMessage } from '../protocol/messages.ts';
import type { ReportedLoad } from '../protocol/ring.ts';
import { HandleSocket } from '../system/accepted-socket.ts';
import { internalSender, onInternalMessage } from '../system/ipc.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { Starvation } from '../system/starvation.ts';
import { divertWatchReports } from '../system/watch-reports.ts';
import { newConnection } from './connection.ts';
import type { Spawned } from './spawn.ts';

/** What the cluster does when something happens to one of its workers. */
export interface RecordHost {
  emit(event: 'online' | 'disconnect', worker: Worker): void;
  emit(event: 'listening', worker: Worker, address: Address): void;
  emit(event: 'exit', worker: Worker, code: number | null, signal: string | null): void;
  /** A message that is about listeners or connections. */
  onMessage(record: WorkerRecord, message: WorkerMessage): void;
  laneEvents(record: WorkerRecord): LaneEvents;
  /** A connection that the worker has given up. */
  handOver(connection: Connection): void;
  /** The worker is on its way out. */
  retire(record: WorkerRecord): void;
  /** What has come to its sockets is to go to others as well. */
  exclude(record: WorkerRecord): void;
  /** The worker is about to be let go: connections that it has not taken. */
  requeue(connections: Connection[]): void;
  /** Nothing reaches the worker any more. */
  release(record: WorkerRecord): void;
  /** The worker takes nothing any more. */
  takeBack(record: WorkerRecord): void;
  /** The worker has disconnected and exited; its 'exit' is about to be emitted. */
  unlist(record: WorkerRecord): void;
}

/** A process that exits closes its channel with it; where something else holds the channel open, it is closed here. */
const CLOSE_GRACE_MS = 1000;

export interface WorkerPlace {
  readonly id: number;
  /** Its place among all workers, by which the kernel finds it. */
  readonly place: number;
  /** The same as its program is told: a supervisor has two in one slot while one replaces the other. */
  readonly slot: number;
}

/** One worker as the primary keeps it: its process, its life, its lane, and the face that programs see. */
export class WorkerRecord {
  readonly id: number;
  readonly slot: number;
  readonly poolSlot: number;
  readonly face: Worker;
  readonly lane: WorkerLane;
  readonly send: (message: PrimaryMessage, handle?: RawHandle, onSent?: () => void) => void;
  /** For handles that nobody else would miss. */
  readonly post: HandlePost<PrimaryMessage, RawHandle>;
  readonly #host: RecordHost;
  readonly #child: ChildProcess;
  #reportedLoad: ReportedLoad = { closed: 0, open: 0, delayMs: 0 };
  #life: Life = NEWBORN;
  #isLeaving = false;
  #killedWith: NodeJS.Signals | undefined;
  #spawnError: Error | undefined;
  #onGone: (() => void)[] = [];
  #closing: NodeJS.Timeout | undefined;

  constructor({ id, place, slot }: WorkerPlace, { child, error }: Spawned, host: RecordHost) {
    this.id = id;
    this.slot = place;
    this.poolSlot = slot;
    this.#host = host;
    this.#child = child;
    this.send = internalSender<PrimaryMessage>(child);
    this.post = new HandlePost<PrimaryMessage, RawHandle>(this.send);
    this.lane = new WorkerLane(
      createIpcLane(this.send, host.laneEvents(this), new Starvation(child.pid ?? 0)),
    );

    divertWatchReports(child);
    // Before the face listens: it throws for an 'error' that nobody handles, and the worker's end must still be told.
    child.on('error', (spawnError) => this.#failed(spawnError));
    child.once('exit', (code, signal) => this.#apply({ type: 'exited', exit: { code, signal } }));
    child.once('disconnect', () => this.#apply({ type: 'channel-closed' }));
    // A process that dies while a handle is on its way to it has no 'disconnect'.
    child.once('close', () => this.#expectClose());
    onInternalMessage(child, parseWorkerMessage, (message, handle) => this.#receive(message, handle));

    this.face = new Worker({ id, process: child });
    this.face.slot = slot;
    bindWorker(this.face, {
      disconnect: () => this.disconnect(),
      kill: (signal) => this.#kill(signal),
    });
    if (error) own.nextTick(() => child.emit('error', error));
  }

  get isLeaving(): boolean {
    return this.#isLeaving || !this.isConnected;
  }

  /** Whether messages can still be exchanged. */
  get isConnected(): boolean {
    return this.#child.connected && this.#life.state !== 'disconnected' && this.#life.state !== 'dead';
  }

  /** By the shortest way that it has to tell. */
  get load(): ReportedLoad {
    return this.lane.queue?.load ?? this.#reportedLoad;
  }

  disconnect(): void {
    this.face.exitedAfterDisconnect = true;
    this.#leave();
    this.send({ act: 'disconnect' });
  }

  drain({ timeoutMs, idleGraceMs, handsOver }: DrainOrder): void {
    this.face.exitedAfterDisconnect = true;
    this.exclude();
    this.send({ act: 'drain', timeoutMs, idleGraceMs, handsOver });
  }

  /** It gets no more connections, and others get what it has not taken. */
  exclude(): void {
    this.#leave();
    this.#host.exclude(this);
    this.recall();
  }

  recall(): boolean {
    const recalled = this.lane.recall();
    this.#host.requeue(recalled);
    return recalled.length > 0;
  }

  lend(listener: number, slot: number, handle: RawHandle, onLost: () => void): void {
    this.post.send({ act: 'lend', listener, slot }, handle, (hasCome) => {
      if (!hasCome) onLost();
    });
  }

  unlend(listener: number, slot: number): void {
    this.send({ act: 'unlend', listener, slot });
  }

  /** Calls back once the worker has disconnected and its process has ended, after its last event. */
  whenGone(callback: () => void): void {
    this.#onGone.push(callback);
  }

  #leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#host.retire(this);
  }

  #kill(signal: NodeJS.Signals): void {
    this.#killedWith = signalName(signal);
    this.#child.kill(signal);
  }

  #receive(message: WorkerMessage, handle: RawHandle | undefined): void {
    // No other message of a worker needs one.
    if (message.act !== 'hand-over') handle?.close();
    switch (message.act) {
      case 'hand-over':
        if (!handle) return;
        this.post.came();
        this.#host.handOver(newConnection(message.listener, new HandleSocket(handle), message.isKept));
        return;
      case 'handle-sent':
      case 'handle-came':
        this.post.receive(message);
        return;
      case 'online':
        this.#apply({ type: 'online' });
        return;
      case 'listening': {
        const { act: _act, ...address } = message;
        this.#host.onMessage(this, message);
        this.#apply({ type: 'listening', address });
        return;
      }
      case 'load': {
        const { act: _act, ...load } = message;
        this.#reportedLoad = load;
        this.#host.onMessage(this, message);
        return;
      }
      case 'exitedAfterDisconnect':
        this.face.exitedAfterDisconnect = true;
        this.#leave();
        return;
      case 'disconnect':
        this.#leave();
        this.recall();
        // Behind all connections that are on their way here: the worker answers for those first.
        this.send({ act: 'goodbye' });
        return;
      default:
        this.#host.onMessage(this, message);
    }
  }

  /** Without a process id there never was a process: its end has to be told in place of Node. */
  #failed(error: Error): void {
    if (this.#child.pid !== undefined || this.#spawnError) return;
    this.#spawnError = error;
    const { errno } = error as NodeJS.ErrnoException;
    const code = this.#child.exitCode ?? errno ?? -1;
    if (this.#child.exitCode === null) Reflect.set(this.#child, 'exitCode', code);
    own.nextTick(() => this.#apply({ type: 'exited', exit: { code, signal: null } }));
  }

  #apply(event: LifeEvent<Address>): void {
    const { life, effects } = transition(this.#life, event);
    this.#life = life;
    this.face.state = life.state;
    if (life.state === 'disconnected' || life.state === 'dead') this.face.exitedAfterDisconnect ??= false;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: LifeEffect<Address>): void {
    switch (effect.type) {
      case 'emit-online':
        this.face.emit('online');
        this.#host.emit('online', this.face);
        return;
      case 'emit-listening':
        this.face.emit('listening', effect.address);
        this.#host.emit('listening', this.face, effect.address);
        return;
      case 'release':
        own.clearTimeout(this.#closing);
        this.#host.release(this);
        this.post.close();
        return;
      case 'take-back':
        this.#host.takeBack(this);
        return;
      case 'emit-disconnect':
        this.face.emit('disconnect');
        this.#host.emit('disconnect', this.face);
        return;
      case 'expect-close':
        this.#expectClose();
        return;
      case 'then':
        own.nextTick(() => this.#apply(effect.event));
        return;
      case 'unlist':
        this.#host.unlist(this);
        return;
      case 'emit-exit':
        this.#emitExit(effect.exit);
        return;
      default:
        effect satisfies never;
    }
  }

  #expectClose(): void {
    if (!this.#child.connected) {
      // 'disconnect' is on its way, or there never was a channel.
      own.setImmediate(() => this.#apply({ type: 'channel-closed' }));
    } else if (this.#spawnError) {
      this.#child.disconnect();
    } else {
      // Node lets a channel go once it has carried a handle, which it may hear of only now: the primary would end before
      // this worker's end is told.
      this.#child.channel?.ref();
      own.clearTimeout(this.#closing);
      this.#closing = own.setTimeout(() => {
        if (this.#child.connected) this.#child.disconnect();
        this.#expectClose();
      }, CLOSE_GRACE_MS);
    }
  }

  #emitExit(exit: Exit): void {
    for (const callback of this.#onGone.splice(0)) own.nextTick(callback);
    this.face.endReason = endReason({
      exit,
      exitedAfterDisconnect: this.face.exitedAfterDisconnect,
      killedWith: this.#killedWith,
      spawnError: this.#spawnError,
    });
    this.face.emit('exit', exit.code, exit.signal);
    this.#host.emit('exit', this.face, exit.code, exit.signal);
  }
}

/** Programs also name a signal by its number. */
function signalName(signal: NodeJS.Signals | number): NodeJS.Signals | undefined {
  if (typeof signal !== 'number') return signal;
  const found = Object.entries(os.constants.signals).find(([, number]) => number === signal);
  return found?.[0] as NodeJS.Signals | undefined;
}
