import type { Cluster } from './api/cluster.ts';
import type { Worker as ClusterWorker } from './api/worker.ts';
import thisCluster from './this-cluster.ts';

const cluster: Cluster = thisCluster;
export default cluster;

export const isPrimary: boolean = cluster.isPrimary;
/** @deprecated Use `isPrimary`. */
export const isMaster: boolean = cluster.isMaster;
export const isWorker: boolean = cluster.isWorker;
export const SCHED_NONE: number = cluster.SCHED_NONE;
export const SCHED_RR: number = cluster.SCHED_RR;
/** As it was when the module was loaded; set it on the default export. */
export const schedulingPolicy: number = cluster.schedulingPolicy;
export const Worker: Cluster['Worker'] = cluster.Worker;
export type Worker = ClusterWorker;
export const worker: Cluster['worker'] = cluster.worker;
export const workers: Cluster['workers'] = cluster.workers;
export const settings: Cluster['settings'] = cluster.settings;
export const fork: Cluster['fork'] = cluster.fork;
export const disconnect: Cluster['disconnect'] = cluster.disconnect;
export const setupPrimary: Cluster['setupPrimary'] = cluster.setupPrimary;
/** @deprecated Use `setupPrimary`. */
export const setupMaster: Cluster['setupMaster'] = cluster.setupMaster;

/**
 * Keeps a program running on several workers, with all that production needs: replacements, reloads, drains, health.
 * See docs/supervise.md.
 */
export const supervise: typeof thisCluster.supervise = thisCluster.supervise;

export type { Cluster, ClusterEvents, ListenError, SchedulingPolicy } from './api/cluster.ts';
export type * from './api/supervisor.ts';
export type { Drain, WorkerConstructor, WorkerEvents, WorkerOptions } from './api/worker.ts';
export type { EndReason } from './core/end-reason.ts';
export type { GrappoloErrorCode } from './core/errors.ts';
export type { WorkerState } from './core/lifecycle.ts';
export type { ClusterSettings } from './core/settings.ts';
export type { Address } from './protocol/messages.ts';
export type { ConnectionInfo, Scheduler, SchedulerNeed, WorkerSnapshot } from './schedulers/scheduler.ts';
