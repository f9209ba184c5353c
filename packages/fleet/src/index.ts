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
