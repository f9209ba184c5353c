import type { ClusterSettings } from '../core/settings.ts';
import { bare } from '../own.ts';
import type { Address, DrainTerms, Pulse } from '../protocol/messages.ts';
import type { Cluster, ListenError } from './cluster.ts';
import type { ListenerReport, SlotReport } from './operations.ts';
import type { Worker } from './worker.ts';

/** What a supervisor may ask of a primary, beyond what programs may. */
export interface Supervision {
  /** @throws What `cluster.fork()` throws. */
  fork(request: SupervisedFork): SupervisedWorker;
  /** Whether there are connections that no worker has taken yet. */
  readonly hasUntaken: boolean;
  /** Lets go of addresses on which no worker listens, and none with this id or a later one did: it may have a successor. */
  closeUnused(sinceWorkerId: number): void;
  /** Nobody new can connect any more; who waits already is still given to a worker. */
  stopAccepting(): void;
  /** Has all workers count what they do, or no longer. */
  count(isOn: boolean): void;
  /** What has been counted so far. */
  numbers(): ClusterNumbers;
}

export interface ClusterNumbers {
  /** By slot; those of slots that are gone stay. */
  readonly slots: readonly Omit<SlotReport, 'restarts'>[];
  readonly listeners: readonly ListenerReport[];
}

export interface SupervisedFork {
  readonly slot: number;
  readonly env: NodeJS.ProcessEnv;
  readonly settings: ClusterSettings;
  /** How often the worker says how it is; and how it leaves, when it is told to or wants to by itself. */
  readonly terms: SupervisionTerms;
  readonly events: SupervisedEvents;
}

/** What a supervised worker must know from its first moment on. */
export interface SupervisionTerms extends DrainTerms {
  readonly pulseMs: number;
}

export interface SupervisedEvents {
  /** The program says that it is ready. */
  readonly onReady: () => void;
  readonly onPulse: (pulse: Pulse) => void;
  /** An error that nobody caught is about to end the worker. */
  readonly onUncaught: (stack: string) => void;
  readonly onListenError: (error: ListenError) => void;
  /** It listens there no more, and stays. */
  readonly onClosed: (address: Address) => void;
  /** What its program counts by itself, as JSON; `ack` is that of the `collect()` which it answers. */
  readonly onMetrics: (json: string, ack: number | undefined) => void;
  /** The worker is on its way out without having been told to drain. */
  readonly onLeaving: () => void;
}

export interface SupervisedWorker {
  readonly worker: Worker;
  /**
   * Takes it out of the rotation; it finishes what it has, and then closes its channel.
   *
   * @param handsOver whether other workers go on with its idle connections; default: they are closed
   */
  drain(handsOver?: boolean): void;
  /** Asks for what its program counts by itself; the answer carries `ack`. */
  collect(ack: number): void;
  /** Takes it out of the rotation and gives to others what it has not taken. */
  exclude(): void;
}

const SUPERVISION = Symbol.for('grappolo.supervision');

export function offerSupervision(cluster: Cluster, supervision: Supervision): void {
  Object.defineProperty(cluster, SUPERVISION, bare({ value: supervision }));
}

/** `undefined` where the cluster is a worker's, or Node's own. */
export function supervisionOf(cluster: Cluster): Supervision | undefined {
  return Reflect.get(cluster, SUPERVISION) as Supervision | undefined;
}
