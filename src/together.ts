/** Workers and their primary, working together: `grappolo/together`. */
export { contract } from './together/calls/contract.ts';
export type { CallContext, CallOptions, CallTarget, Contract } from './together/calls/contract.ts';
export { call, gather, serve } from './together/calls/call.ts';
export type { Callable, Gatherable, Gathered, Served, Serving } from './together/calls/call.ts';
export { channel } from './together/channels/channel.ts';
export type { ChannelOptions, ClusterChannel } from './together/channels/channel.ts';
export { useFleet } from './together/fleet/use-fleet.ts';
export type {
  FleetLink,
  FleetListening,
  FleetMessage,
  HeldLease,
  LeaseWish,
} from './api/fleet-link.ts';
export type { Scope } from './together/fleet/scope.ts';
export { limiter } from './together/limits/limiter.ts';
export type { Limiter, LimiterOptions, TakeOptions, Taken } from './together/limits/limiter.ts';
export { RateLimiterCluster, RateLimiterRes } from './together/limits/rate-limiter-cluster.ts';
export type { ConsumeOptions, RateLimiterClusterOptions } from './together/limits/rate-limiter-cluster.ts';
export { rateLimitStore } from './together/limits/rate-limit-store.ts';
export type { RateLimitHits, RateLimitStore } from './together/limits/rate-limit-store.ts';
export { locks } from './together/locks/locks.ts';
export type { Lock, LockCallback, LockRequestOptions, Locks, LockSnapshot } from './together/locks/locks.ts';
export type { LockInfo } from './together/locks/lock-service.ts';
export type { LockMode } from './together/locks/lock-table.ts';
export { every } from './together/once/every.ts';
export type { EveryOptions, Missed, Run, Scheduled, ScheduledJob } from './together/once/every.ts';
export { runOnce } from './together/once/run-once.ts';
export type { FleetTurn } from './together/once/fleet-turn.ts';
export type {
  FleetJob,
  FleetRunOnceOptions,
  Job,
  RunOnceOptions,
  Turn,
} from './together/once/run-once.ts';
