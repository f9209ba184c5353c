import { bare } from '../own.ts';
import type { Cluster } from './cluster.ts';
import type { OfferedFleet } from './fleet-link.ts';

/** A handle of Node's that another process has sent. */
export interface SentHandle {
  readonly fd?: number;
  close(): void;
}

/** A way of bytes without pipes: pieces of them, base64, in order. */
export interface TextWay {
  /** `onSent` is called when the piece has left this process, or could not. */
  send(data: string, onSent: () => void): void;
  onData: ((data: string) => void) | undefined;
}

/** How a worker gets to the hub of its cluster. */
export interface WorkerDoor {
  /** Calls back with what brings pipes to the hub, or without: then bytes go the other way. */
  join(takesPipes: boolean, onJoined: (pipes: SentHandle | undefined) => void): void;
  readonly text: TextWay;
  /** Whether its primary was in a fleet, or about to be, when it forked this worker. */
  readonly hasFleet: boolean;
}

/** One to read from, and one to write into. */
interface PipeDescriptors {
  readonly read: number;
  readonly write: number;
}

/** A worker as the hub knows it, while it lives. */
export interface TogetherWorker {
  readonly id: number;
  readonly slot: number;
  /** It gets nothing new. */
  readonly isLeaving: boolean;
  /** On the clock of `own.now()`. */
  readonly forkedAtMs: number;
  /** Open connections, where they are counted; else 0. */
  readonly connections: number;
}

/** How the hub gets to the workers. */
export interface PrimaryDoor {
  workers(): readonly TogetherWorker[];
  /** Brings the ends of two pipes to the worker, and gives the others; `undefined` where this system, or the worker, has none. */
  openPipes(worker: TogetherWorker): PipeDescriptors | undefined;
  textWay(worker: TogetherWorker): TextWay;
  events: TogetherEvents | undefined;
  /** Who has its events: there is one in a process, however often the library is loaded. */
  hub: object | undefined;
  /** `undefined` where this host is in none, nor about to join one. */
  fleet: OfferedFleet | undefined;
}

/** What the hub hears of workers. */
export interface TogetherEvents {
  onForked(worker: TogetherWorker): void;
  onJoin(worker: TogetherWorker): void;
  onLeaving(worker: TogetherWorker): void;
  /** Its process has ended. */
  onEnded(worker: TogetherWorker): void;
}

const TOGETHER = Symbol.for('grappolo.together');
const WORKER_DOOR = Symbol.for('grappolo.worker-door');
const PRIMARY_DOOR = Symbol.for('grappolo.primary-door');

export function offerWorkerDoor(cluster: Cluster, door: WorkerDoor): void {
  Object.defineProperty(cluster, WORKER_DOOR, bare({ value: door }));
}

export function offerPrimaryDoor(cluster: Cluster, door: () => PrimaryDoor): void {
  Object.defineProperty(cluster, PRIMARY_DOOR, bare({ value: door }));
}

/** `undefined` where the cluster is not a worker's of this library. */
export function workerDoorOf(cluster: Cluster): WorkerDoor | undefined {
  return Reflect.get(cluster, WORKER_DOOR) as WorkerDoor | undefined;
}

/** `undefined` where the cluster is not a primary's of this library. */
export function primaryDoorOf(cluster: Cluster): PrimaryDoor | undefined {
  const door = Reflect.get(cluster, PRIMARY_DOOR) as (() => PrimaryDoor) | undefined;
  return door?.();
}

/** What this process has to work together with others, made by `make` when it is first wanted. */
export function togetherOf<T extends object>(cluster: Cluster, make: () => T): T {
  const known = Reflect.get(cluster, TOGETHER) as T | undefined;
  if (known) return known;
  const made = make();
  Object.defineProperty(cluster, TOGETHER, bare({ value: made }));
  return made;
}
