import type * as grappolo from './index.js' with { 'resolution-mode': 'import' };

/** What `require('grappolo')` gives: the cluster itself, with the names that `import` gives. */
declare const cluster: grappolo.Cluster & { readonly supervise: typeof grappolo.supervise };

declare namespace cluster {
  export type Address = grappolo.Address;
  export type Cluster = grappolo.Cluster;
  export type ClusterEvents = grappolo.ClusterEvents;
  export type ClusterSettings = grappolo.ClusterSettings;
  export type ConnectionInfo = grappolo.ConnectionInfo;
  export type Drain = grappolo.Drain;
  export type DrainCause = grappolo.DrainCause;
  export type DrainOptions = grappolo.DrainOptions;
  export type EndReason = grappolo.EndReason;
  export type GrappoloErrorCode = grappolo.GrappoloErrorCode;
  export type GrappoloFailure = grappolo.GrappoloFailure;
  export type HealthOptions = grappolo.HealthOptions;
  export type LastEnd = grappolo.LastEnd;
  export type ListenError = grappolo.ListenError;
  export type OpsOptions = grappolo.OpsOptions;
  export type ReadyEvent = grappolo.ReadyEvent;
  export type ReadyOptions = grappolo.ReadyOptions;
  export type ReloadOptions = grappolo.ReloadOptions;
  export type ReloadProgress = grappolo.ReloadProgress;
  export type ReloadVerdict = grappolo.ReloadVerdict;
  export type RestartOptions = grappolo.RestartOptions;
  export type Scheduler = grappolo.Scheduler;
  export type SchedulerNeed = grappolo.SchedulerNeed;
  export type SchedulingPolicy = grappolo.SchedulingPolicy;
  export type StartFailure = grappolo.StartFailure;
  export type SuperviseOptions = grappolo.SuperviseOptions;
  export type SupervisedEnd = grappolo.SupervisedEnd;
  export type SupervisedState = grappolo.SupervisedState;
  export type Supervisor = grappolo.Supervisor;
  export type SupervisorEvent = grappolo.SupervisorEvent;
  export type SupervisorHappening = grappolo.SupervisorHappening;
  export type SupervisorStatus = grappolo.SupervisorStatus;
  export type Worker = grappolo.Worker;
  export type WorkerConstructor = grappolo.WorkerConstructor;
  export type WorkerEvents = grappolo.WorkerEvents;
  export type WorkerName = grappolo.WorkerName;
  export type WorkerOptions = grappolo.WorkerOptions;
  export type WorkerOutput = grappolo.WorkerOutput;
  export type WorkerSnapshot = grappolo.WorkerSnapshot;
  export type WorkerState = grappolo.WorkerState;
  export type WorkerStatus = grappolo.WorkerStatus;
}

export = cluster;
