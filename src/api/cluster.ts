import type { SendHandle } from 'node:child_process';
import type { EventEmitter } from 'node:events';

import type { PolicyName, Steering } from '../core/policy.ts';
import type { ClusterSettings } from '../core/settings.ts';
import type { Address } from '../protocol/messages.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import type { Worker, WorkerConstructor } from './worker.ts';

/** The events of the cluster in the primary and what their listeners get. */
export interface ClusterEvents {
  fork: [worker: Worker];
  online: [worker: Worker];
  listening: [worker: Worker, address: Address];
  disconnect: [worker: Worker];
  exit: [worker: Worker, code: number, signal: string];
  // oxlint-disable-next-line typescript/no-explicit-any -- as node:cluster types it
  message: [worker: Worker, message: any, handle: SendHandle];
  setup: [settings: ClusterSettings];
  /** A listen that failed: the worker's server emits the same as its 'error'. */
  listenError: [worker: Worker, error: ListenError];
  /** A connection was closed because too many were waiting for a worker already; `dropped` counts them, with this one. */
  drop: [drop: { address: Address; waiting: number; dropped: number }];
}

/** Why a worker could not listen. */
export interface ListenError {
  /** A system error's name, such as `'EADDRINUSE'`. */
  readonly code: string;
  readonly address: string | null;
  readonly port: number | null;
  readonly addressType: Address['addressType'];
}

/** What `cluster.schedulingPolicy` can be set to: SCHED_NONE, SCHED_RR, a name, the kernel's options, or a scheduler. */
export type SchedulingPolicy =
  number | PolicyName | { readonly policy: 'kernel'; readonly steer?: Steering } | Scheduler;

/** What `import cluster from 'grappolo'` gives. Which members exist depends on the side, as in node:cluster. */
export interface Cluster extends EventEmitter<ClusterEvents> {
  readonly isPrimary: boolean;
  /** @deprecated Use `isPrimary`. */
  readonly isMaster: boolean;
  readonly isWorker: boolean;
  readonly SCHED_NONE: number;
  readonly SCHED_RR: number;
  readonly Worker: WorkerConstructor;
  /** This process as a worker; only in a worker. */
  readonly worker?: Worker;
  /** The live workers by id; only in the primary. */
  readonly workers?: NodeJS.Dict<Worker>;
  /** The settings that the next fork will use; only in the primary. */
  readonly settings: ClusterSettings;
  /**
   * Which worker gets a connection; frozen by the first `fork()` or `setupPrimary()`, which throw ERR_INVALID_ARG_VALUE
   * for what is none; only in the primary. Read as the number that node:cluster's types know.
   */
  get schedulingPolicy(): number;
  set schedulingPolicy(policy: SchedulingPolicy);
  /**
   * Starts a worker; only in the primary.
   *
   * @param env Added to this process's environment for the worker.
   * @throws What `child_process.fork()` throws for the same settings.
   */
  fork(this: void, env?: NodeJS.ProcessEnv | Record<string, unknown>): Worker;
  /** Changes the settings of later forks; only in the primary. */
  setupPrimary(this: void, settings?: ClusterSettings): void;
  /** @deprecated Use `setupPrimary()`. */
  setupMaster(this: void, settings?: ClusterSettings): void;
  /** Disconnects all workers; calls back when the last has disconnected and all listeners are closed. */
  disconnect(this: void, callback?: () => void): void;
}
