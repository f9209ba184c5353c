import type { Entry, Json } from '../engine/engine.ts';

/** When something happened, by the monotonic clock of whoever it happened to, and a random number from 0 to 1 for jitter. */
export interface At {
  readonly nowMs: number;
  readonly chance: number;
}

/** What a machine wants of the engine. The answer comes as an event with the same `call`, or never. */
export type EngineCall =
  | {
      readonly type: 'put';
      readonly call: number;
      readonly bucket: string;
      readonly key: string;
      readonly value: Json | null;
      readonly expected: number | undefined;
    }
  | { readonly type: 'get'; readonly call: number; readonly bucket: string; readonly key: string }
  | {
      readonly type: 'request';
      readonly call: number;
      readonly subject: string;
      readonly message: Json;
      readonly timeoutMs: number;
    };

/** What came of a call. */
export type EngineAnswer =
  | { readonly type: 'written'; readonly call: number; readonly revision: number }
  /** The key has another revision than was expected. */
  | { readonly type: 'refused'; readonly call: number }
  | { readonly type: 'got'; readonly call: number; readonly entry: Entry | undefined }
  /** To a request: the first answer, `undefined` where none came in time. */
  | { readonly type: 'answered'; readonly call: number; readonly message: Json | undefined }
  /** Nothing is known: a write may have been made, and may yet be. */
  | { readonly type: 'unknown'; readonly call: number };

/** The buckets of a fleet, by the lifetime of what they hold. */
export const BUCKETS = {
  /** For as long as the engine remembers: the epoch, a rollout. */
  lasting: 'lasting',
  /** A lease's TTL. */
  leases: 'leases',
  /** A heartbeat's TTL. */
  heartbeats: 'heartbeats',
  /** A day: which hosts there are, so that a silent one is missed. */
  members: 'members',
} as const;
