import type { EventEmitter } from 'node:events';

import type { GrappoloErrorCode } from '../core/errors.ts';
import type { Address } from '../protocol/messages.ts';
import type { SchedulingPolicy } from './cluster.ts';

/** What `supervise()` takes. Durations are in milliseconds. */
export interface SuperviseOptions {
  /** What the instance is called; with the slot it makes the `service.instance.id` of OpenTelemetry. Default: `exec`. */
  readonly name?: string | undefined;
  /** The program's file. Default: `process.argv[1]`. */
  readonly exec?: string | undefined;
  /** Arguments for the program. Default: none. */
  readonly args?: readonly string[] | undefined;
  /** Arguments for Node.js. Default: `process.execArgv`. */
  readonly execArgv?: readonly string[] | undefined;
  /** Added to this process's environment; `undefined` takes a variable out. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Working directory of the workers. Default: this process's. */
  readonly cwd?: string | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** How many workers; `'auto'`, the default: one for each CPU that this process may use, now and later. */
  readonly workers?: number | 'auto' | undefined;
  /** Which worker gets a connection; see `cluster.schedulingPolicy`. */
  readonly schedulingPolicy?: SchedulingPolicy | undefined;
  readonly ready?: ReadyOptions | undefined;
  readonly restart?: RestartOptions | undefined;
  readonly reload?: ReloadOptions | undefined;
  readonly drain?: DrainOptions | undefined;
  readonly health?: HealthOptions | undefined;
  /** Where metrics, a page and more are served, such as `'127.0.0.1:9464'`. Default: nowhere. */
  readonly ops?: string | OpsOptions | undefined;
  /** Whether systemd is told how the service is, where NOTIFY_SOCKET says that it wants to hear it. Default: `true`. */
  readonly notify?: boolean | undefined;
  /** Called with every event from the first on; see `Supervisor`. */
  readonly onEvent?: ((event: SupervisorEvent) => void) | undefined;
  /** Called with each line that a worker writes. Default: the line goes to the same stream of this process. */
  readonly onOutput?: ((line: WorkerOutput) => void) | undefined;
}

export interface ReadyOptions {
  /**
   * What makes a worker ready: that it listens, the default; that it says so by `cluster.worker.ready()` or
   * `process.send('ready')`; or that it runs, for programs that do not listen.
   */
  readonly on?: ReadyEvent | undefined;
  /** How long a worker has for it. Default: 10,000. */
  readonly timeoutMs?: number | undefined;
}

export type ReadyEvent = 'listening' | 'message' | 'online';

export interface RestartOptions {
  /** The first wait, where there is one. Default: 200. */
  readonly minDelayMs?: number | undefined;
  /** The longest wait. Default: 30,000. */
  readonly maxDelayMs?: number | undefined;
  /** How many times longer each wait is than the one before. Default: 2. */
  readonly factor?: number | undefined;
  /** By how much a wait may be longer or shorter, as a part of it: from 0 to 1. Default: 0.2. */
  readonly jitter?: number | undefined;
  /** How long a death counts. Default: 300,000. */
  readonly windowMs?: number | undefined;
  /** After how many workers in a row that ended before they were ready to give up, where none ever was. Default: 5. */
  readonly maxFailedStarts?: number | undefined;
}

export interface ReloadOptions {
  /** How many replacements may be starting at once: a number from 1, or a percentage of the workers. Default: `'25%'`. */
  readonly maxSurge?: number | `${number}%` | undefined;
  /** How long a replacement must have been ready before the worker that it replaces leaves. Default: 0. */
  readonly soakMs?: number | undefined;
}

export interface DrainOptions {
  /** How long a worker has to finish what it is doing, before it is sent SIGTERM. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * How long a kept connection may be idle before the worker parts with it: another worker goes on with it, or it is
   * closed where none can. Default: 1000.
   */
  readonly idleGraceMs?: number | undefined;
  /** How long after SIGTERM a worker is sent SIGKILL. Default: 5000. */
  readonly killAfterMs?: number | undefined;
}

export interface HealthOptions {
  /** How long a ready worker's event loop may be silent; 0: for ever. Default: 10,000. */
  readonly hangMs?: number | undefined;
  /** The resident memory over which a worker is replaced, in MiB; 0, the default: any. */
  readonly maxMemoryMb?: number | undefined;
}

/** The operations address; see `docs/operations.md`. */
export interface OpsOptions {
  /** `'127.0.0.1:9464'`, `'[::1]:9464'`, `'localhost:9464'` or `'unix:/path'`. */
  readonly address: string;
  /** A file that holds the token by which workers may be reloaded, scaled and replaced; others must not be able to read it. */
  readonly tokenFile?: string | undefined;
  /** Whether other machines may reach the address, for which a token is needed. Default: false. */
  readonly allowRemote?: boolean | undefined;
  /** Names by which a proxy reaches it. Default: none. */
  readonly allowHosts?: readonly string[] | undefined;
  /** How many workers must be ready for `/readyz`. Default: 1. */
  readonly minReady?: number | undefined;
}

/** One line of a worker's output, without its end. */
export interface WorkerOutput {
  readonly slot: number;
  readonly pid: number | undefined;
  readonly generation: number;
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

/** Where a worker stands: `'stopping'` is one that was told to end. */
export type SupervisedState = 'starting' | 'ready' | 'draining' | 'stopping';

/** Why a worker was told to leave. */
export type DrainCause =
  /** Another has taken its place. */
  | 'reload'
  /** The reload that it was started for has failed. */
  | 'reload-failed'
  | 'scale'
  | 'stop'
  | 'memory'
  /** Another was wanted in its place. */
  | 'replace'
  /** By itself: a signal reached it, or its program has disconnected it. */
  | 'own';

/** Why a supervised worker ended. */
export type SupervisedEnd =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** An error that nobody caught; `error` is its stack. */
  | { readonly kind: 'uncaught'; readonly error: string }
  /** The JavaScript heap is full. What the kernel ends for want of memory ends of SIGKILL. */
  | { readonly kind: 'out-of-memory' }
  /** It was silent for too long. */
  | { readonly kind: 'hang'; readonly silentMs: number }
  | { readonly kind: 'memory-limit'; readonly memoryMb: number }
  /** It was not ready in time. */
  | { readonly kind: 'ready-timeout'; readonly timeoutMs: number }
  /** It was told to leave, and has; `isForced` where its time was over, with `isKilled` where that was by `kill()`. */
  | {
      readonly kind: 'drain';
      readonly cause: DrainCause;
      readonly isForced: boolean;
      readonly isKilled?: true | undefined;
    }
  | { readonly kind: 'spawn'; readonly error: string };

/** A worker as events and `status()` name it. */
export interface WorkerName {
  readonly slot: number;
  /** The `id` of the cluster's worker. */
  readonly id: number;
  readonly pid: number | undefined;
  readonly generation: number;
}

export interface WorkerStatus extends WorkerName {
  readonly state: SupervisedState;
  readonly uptimeMs: number;
  /** Open connections of its servers. */
  readonly connections: number;
  /** How long a turn of its event loop takes; `undefined` until it is known. */
  readonly loopDelayMs: number | undefined;
  /** Resident memory in MiB; `undefined` until it is known. */
  readonly memoryMb: number | undefined;
  /** How many workers of its slot have ended without having been told to leave. */
  readonly restarts: number;
  /** How the last of them ended; absent where none has. */
  readonly lastEnd?: LastEnd | undefined;
}

export interface LastEnd {
  /** `Date.now()` of it. */
  readonly atMs: number;
  readonly reason: SupervisedEnd;
}

export interface ReloadProgress {
  /** The generation that is to be reached. */
  readonly generation: number;
  /** How many slots have been moved to it. */
  readonly done: number;
  readonly slots: number;
}

/** A reload that is over. */
export interface ReloadVerdict {
  readonly verdict: 'done' | 'failed';
  /** The generation that was to be reached. */
  readonly generation: number;
  /** `Date.now()` of its end. */
  readonly atMs: number;
  readonly tookMs: number;
  /** The worker that failed it. */
  readonly failure?: StartFailure | undefined;
}

export interface SupervisorStatus {
  /** `'starting'` until every slot has been tried and somebody serves. */
  readonly phase: 'starting' | 'running' | 'reloading' | 'scaling' | 'replacing' | 'stopping' | 'stopped';
  readonly pid: number;
  readonly exec: string;
  readonly uptimeMs: number;
  /** How many slots there are. */
  readonly slots: number;
  /** How many of them have a worker that is ready. */
  readonly ready: number;
  /** The number of the last reload that succeeded, from 0. */
  readonly generation: number;
  /** The reload under way. */
  readonly reload?: ReloadProgress | undefined;
  readonly lastReload?: ReloadVerdict | undefined;
  /** The resident memory over which a worker is replaced, in MiB; absent where it may have any. */
  readonly maxMemoryMb?: number | undefined;
  readonly addresses: readonly Address[];
  /** By slot, older generations first. */
  readonly workers: readonly WorkerStatus[];
}

/** Everything that happens, in order; `atMs` is `Date.now()`. */
export type SupervisorEvent = { readonly atMs: number } & SupervisorHappening;

export type SupervisorHappening =
  | { readonly type: 'worker-started'; readonly worker: WorkerName }
  | { readonly type: 'worker-listening'; readonly worker: WorkerName; readonly address: Address }
  | {
      readonly type: 'worker-listen-failed';
      readonly worker: WorkerName;
      readonly address: Address;
      readonly code: string;
    }
  | { readonly type: 'worker-ready'; readonly worker: WorkerName; readonly afterMs: number }
  | { readonly type: 'worker-draining'; readonly worker: WorkerName; readonly cause: DrainCause }
  /** Its event loop has been silent; `stack` is where its JavaScript was, if that could be found out. */
  | {
      readonly type: 'worker-hung';
      readonly worker: WorkerName;
      readonly silentMs: number;
      readonly stack: string | undefined;
    }
  | {
      readonly type: 'worker-over-memory';
      readonly worker: WorkerName;
      readonly memoryMb: number;
      readonly limitMb: number;
    }
  /** `restartInMs` is when the next worker of its slot starts; `undefined` where none will because of this. */
  | {
      readonly type: 'worker-ended';
      readonly worker: WorkerName;
      readonly reason: SupervisedEnd;
      readonly wasReady: boolean;
      readonly restartInMs: number | undefined;
      /** The last lines that it wrote to stderr, where it ended by itself. */
      readonly output: readonly string[];
    }
  /** All slots are filled with ready workers, after the start or after a loss. */
  | { readonly type: 'ready'; readonly slots: number }
  | { readonly type: 'reload-started'; readonly generation: number; readonly slots: number }
  | {
      readonly type: 'reload-progress';
      readonly generation: number;
      readonly done: number;
      readonly slots: number;
    }
  | { readonly type: 'reload-done'; readonly generation: number; readonly tookMs: number }
  | { readonly type: 'reload-failed'; readonly generation: number; readonly failure: StartFailure }
  /** The CPUs that this process may use; as many workers follow. */
  | { readonly type: 'cpus-changed'; readonly from: number; readonly to: number }
  | { readonly type: 'scale-started'; readonly from: number; readonly to: number }
  | { readonly type: 'scale-done'; readonly slots: number; readonly tookMs: number }
  | { readonly type: 'scale-failed'; readonly slots: number; readonly failure: StartFailure }
  | { readonly type: 'replace-started'; readonly slot: number }
  | { readonly type: 'replace-done'; readonly slot: number; readonly tookMs: number }
  | { readonly type: 'replace-failed'; readonly slot: number; readonly failure: StartFailure }
  /** No worker was ever ready, and `failures` in a row have ended before; `failure` is the last of them. */
  | { readonly type: 'gave-up'; readonly failures: number; readonly failure: StartFailure }
  /** Before any was ready, each worker has ended by itself with code 0: there is nothing to keep running. */
  | { readonly type: 'done'; readonly exec: string; readonly readyOn: ReadyEvent }
  /** The operations address answers. */
  | { readonly type: 'ops-up'; readonly url: string }
  /** It does not, and is tried again. Workers are not concerned. */
  | { readonly type: 'ops-down'; readonly message: string; readonly restartInMs: number }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' };

/** A worker that was to be ready, and was not. */
export interface StartFailure {
  readonly worker: WorkerName;
  readonly reason: SupervisedEnd;
  /** The last lines that it wrote to stderr. */
  readonly output: readonly string[];
}

/** What `supervise()`, `reload()` and `scale()` reject with where a worker has failed. */
export interface GrappoloFailure extends Error {
  readonly code: GrappoloErrorCode;
  readonly failure?: StartFailure;
}

/** Keeps slots filled with ready workers, until it is closed. Emits `'event'` for everything that happens. */
export interface Supervisor extends EventEmitter<{ event: [event: SupervisorEvent] }>, AsyncDisposable {
  /** Fulfilled when no worker is left, after `close()`. */
  readonly closed: Promise<void>;
  /**
   * Replaces every worker by one of the next generation; fulfilled when the last old one has ended. Rejected with
   * ERR_GRAPPOLO_RELOAD_FAILED when a replacement is not ready in time or ends: workers that were not replaced yet go on.
   * With ERR_GRAPPOLO_BUSY while another reload or `scale()` is under way, with ERR_GRAPPOLO_CLOSED after `close()`.
   */
  reload(): Promise<void>;
  /**
   * Changes the number of slots; fulfilled when all are filled and surplus workers have ended. Rejected with
   * ERR_GRAPPOLO_SCALE_FAILED when a worker of a new slot fails, and there are as many slots as before.
   */
  scale(workers: number): Promise<void>;
  /**
   * Replaces the worker of one slot by another of the same generation, which starts beside it; fulfilled when that is ready and
   * the old one has ended. Rejected with ERR_GRAPPOLO_REPLACE_FAILED where the new one is not ready in time or ends, and the old
   * one goes on; with ERR_INVALID_ARG_VALUE where there is no such slot; with ERR_GRAPPOLO_BUSY while a reload, `scale()` or
   * another `replace()` is under way, with ERR_GRAPPOLO_CLOSED after `close()`.
   */
  replace(slot: number): Promise<void>;
  status(): SupervisorStatus;
  /** Drains all workers; fulfilled when none is left. */
  close(): Promise<void>;
  /** Ends all workers at once, by SIGKILL. */
  kill(): void;
}
