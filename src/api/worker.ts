import type { ChildProcess, MessageOptions, SendHandle } from 'node:child_process';
import { EventEmitter } from 'node:events';

import type { EndReason } from '../core/end-reason.ts';
import type { WorkerState } from '../core/lifecycle.ts';
import { bare } from '../own.ts';
import type { Address } from '../protocol/messages.ts';

/** The events of a worker and what their listeners get. */
export interface WorkerEvents {
  online: [];
  listening: [address: Address];
  disconnect: [];
  exit: [code: number | null, signal: NodeJS.Signals | null];
  error: [error: Error];
  // As node:cluster types it, for programs that read what they know they sent.
  // oxlint-disable-next-line typescript/no-explicit-any
  message: [message: any, handle: SendHandle | undefined];
  /** In a worker that is told to finish what it has: by a reload, a smaller number of workers, or the end. */
  drain: [drain: Drain];
}

/** What a worker that is to finish is told. */
export interface Drain {
  /** How long it has for it, in ms. */
  readonly timeoutMs: number;
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
  /** The worker does not end before this is settled, unless its time is over. */
  waitUntil(promise: PromiseLike<unknown>): void;
}

/** One worker: in the primary it stands for a child process, in the worker for the process itself. */
export interface Worker extends EventEmitter<WorkerEvents> {
  /** Unique in its primary and never used again. */
  id: number;
  /** Its place: 0, 1, 2 and so on. A worker that ends leaves it to another. */
  slot: number;
  /** The ChildProcess in the primary, `process` in the worker. */
  process: ChildProcess;
  state: WorkerState;
  /** `undefined` until the worker ended; then whether it had been disconnected. */
  exitedAfterDisconnect: boolean;
  /** Why the worker ended; `undefined` until it did, and in the worker itself. */
  endReason: EndReason | undefined;

  /** Sends a message to the other side, as `ChildProcess.send()` and `process.send()` do. */
  send(message: unknown, callback?: (error: Error | null) => void): boolean;
  send(message: unknown, sendHandle: SendHandle, callback?: (error: Error | null) => void): boolean;
  send(
    message: unknown,
    sendHandle: SendHandle,
    options?: MessageOptions,
    callback?: (error: Error | null) => void,
  ): boolean;
  /** Closes the worker's servers, waits for their connections to end, then closes the channel. */
  disconnect(): this;
  /** Ends the worker with a signal; in the worker itself: disconnects and exits with 0. Default: `'SIGTERM'`. */
  kill(signal?: NodeJS.Signals): void;
  /** The same as `kill()`. */
  destroy(signal?: NodeJS.Signals): void;
  isConnected(): boolean;
  isDead(): boolean;
  /** In the worker itself: it can serve now, for a supervisor that waits for this. Elsewhere it does nothing. */
  ready(): void;
}

export interface WorkerOptions {
  id?: number;
  state?: WorkerState;
  process?: ChildProcess | NodeJS.Process;
}

/** Usable with and without `new`. */
export interface WorkerConstructor {
  new (options?: WorkerOptions): Worker;
  (options?: WorkerOptions): Worker;
  readonly prototype: Worker;
}

/** What a side does for the methods of a worker that belongs to a cluster. */
export interface WorkerActions {
  disconnect(): void;
  kill(signal: NodeJS.Signals): void;
  ready?(): void;
}

const actionsOf = new WeakMap<Worker, WorkerActions>();

/** Gives a worker the behaviour of its side. Without it, as in `new cluster.Worker()`, it acts on its process alone. */
export function bindWorker(worker: Worker, actions: WorkerActions): void {
  actionsOf.set(worker, actions);
}

// A function, not a class: programs call it without `new` and inherit from it with util.inherits.
function construct(this: unknown, options?: WorkerOptions): Worker {
  if (!(this instanceof construct)) return new Worker(options);
  const worker = this as unknown as Worker;
  EventEmitter.call(worker);
  const given = typeof options === 'object' && options !== null ? options : {};
  worker.exitedAfterDisconnect = undefined as unknown as boolean;
  // oxlint-disable-next-line typescript/prefer-nullish-coalescing -- an empty state is none
  worker.state = given.state || 'none';
  const id: unknown = given.id;
  worker.id = Math.trunc(Number(id)) || 0;
  if (given.process) {
    worker.process = given.process as ChildProcess;
    worker.process.on('error', (error) => worker.emit('error', error));
    worker.process.on('message', (message, handle) => worker.emit('message', message, handle));
  }
  return worker;
}

// Worker extends EventEmitter, as a function can: by its prototype. The constructor's type says what came out of it.
export const Worker: WorkerConstructor = construct as unknown as WorkerConstructor;
Object.defineProperty(Worker, 'name', bare({ value: 'Worker' }));
Object.setPrototypeOf(Worker, EventEmitter);
Object.setPrototypeOf(Worker.prototype, EventEmitter.prototype);

const methods: Pick<Worker, 'send' | 'disconnect' | 'kill' | 'destroy' | 'isConnected' | 'isDead' | 'ready'> &
  ThisType<Worker> = {
  send(...args: unknown[]): boolean {
    // oxlint-disable-next-line typescript/unbound-method -- called with its process
    return Reflect.apply(this.process.send, this.process, args);
  },
  // oxlint-disable-next-line typescript/no-explicit-any -- it gives `this`, whose type cannot be written here
  disconnect(): any {
    const actions = actionsOf.get(this);
    if (actions) actions.disconnect();
    else this.process.disconnect();
    return this;
  },
  kill(...args: [signal?: NodeJS.Signals]): void {
    // Which programs wrap.
    this.destroy(...args);
  },
  destroy(signal?: NodeJS.Signals): void {
    // As in node:cluster, also for null, '' and 0.
    const named = signal || 'SIGTERM';
    const actions = actionsOf.get(this);
    if (actions) actions.kill(named);
    else this.process.kill(named);
  },
  ready(): void {
    actionsOf.get(this)?.ready?.();
  },
  isConnected(): boolean {
    return this.process.connected;
  },
  isDead(): boolean {
    if (Object.is(this.process, process)) return false;
    const { exitCode, signalCode } = this.process;
    return (exitCode !== null && exitCode !== undefined) || (signalCode !== null && signalCode !== undefined);
  },
};
for (const [name, value] of Object.entries(methods)) {
  Object.defineProperty(
    Worker.prototype,
    name,
    bare({ value, writable: true, configurable: true, enumerable: true }),
  );
}
