export { FleetError, FLEET_ERROR_CODES } from './errors.ts';
export type { FleetErrorCode } from './errors.ts';
export type {
  Bucket,
  Deleted,
  Engine,
  Entry,
  Json,
  Listening,
  RequestTerms,
  Watch,
} from './engine/engine.ts';
export type { Clock } from './engine/clock.ts';
export { MemoryStore } from './engine/memory-store.ts';
export type { MemoryStoreOptions } from './engine/memory-store.ts';
export type { MemoryEngine } from './engine/memory-engine.ts';
export { openNatsEngine } from './engine/nats-engine.ts';
export type { NatsEngineOptions } from './engine/nats-engine.ts';
export type { NatsServers, NatsTls } from './engine/nats/connect.ts';
export { joinFleet } from './host.ts';
export type {
  FleetEvents,
  FleetHost,
  FleetInstance,
  FleetLease,
  FleetLink,
  FleetOptions,
  FleetTls,
  FleetView,
  LeaseWish,
} from './host.ts';
export type { HostView } from './protocol/roster.ts';
export type { HostStatus } from './host/status-record.ts';
export { fleetBuckets } from './fleet-engine.ts';
export { holdLease } from './leader.ts';
export type { Lease, LeaseOptions } from './leader.ts';
export type { LossReason } from './protocol/lease.ts';
export { compareTerms, termText } from './protocol/term.ts';
export type { Epoch, Term } from './protocol/term.ts';
export { runFleetCommand } from './command/run.ts';
export type { FleetOutput } from './command/run.ts';
