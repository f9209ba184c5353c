import type { RestartPolicy } from './restart-policy.ts';

/** Why a worker is on its way out. */
export type LeaveCause =
  /** Another has taken its place. */
  | 'reload'
  /** The reload that it was started for has failed. */
  | 'reload-failed'
  | 'scale'
  | 'stop'
  | 'memory'
  /** Somebody wanted another in its place. */
  | 'replace'
  /** By itself. */
  | 'own'
  | 'hang'
  | 'ready-timeout';

/** A worker of the pool, from its start to its end. */
export interface Member {
  /** Unique in its pool, in the order of the starts. */
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly state: 'starting' | 'ready' | 'leaving';
  /** The member whose place it takes when it is ready: that one serves until then. */
  readonly replaces: number | undefined;
}

export type Operation =
  | {
      readonly kind: 'reload';
      readonly generation: number;
      /** Slots without a replacement so far. */
      readonly todo: readonly number[];
      /** Members of the new generation whose predecessors are not told to leave yet. */
      readonly underway: readonly number[];
    }
  /** `from` slots there were before. */
  | { readonly kind: 'scale'; readonly from: number }
  /** `id` is the member that is to take the place of the others in its slot. */
  | { readonly kind: 'replace'; readonly slot: number; readonly id: number };

/** Slots, and the workers that fill them. Times and durations are in ms. */
export interface Pool {
  readonly phase: 'running' | 'stopping' | 'ended';
  /** How many slots there are. */
  readonly slots: number;
  /** The last generation that all slots were moved to, and the last that was begun. */
  readonly generation: number;
  readonly lastGeneration: number;
  /** The generation of each slot. */
  readonly generations: ReadonlyMap<number, number>;
  /** Those that live, oldest first. */
  readonly members: readonly Member[];
  /** Slots that are empty until a time that is set. */
  readonly waits: ReadonlySet<number>;
  /** Slots whose program has ended by itself before anything was ready: there is nothing to run. */
  readonly done: ReadonlySet<number>;
  /** When members of each slot died. */
  readonly deaths: ReadonlyMap<number, readonly number[]>;
  /** Slots of which no worker has been ready or failed so far. */
  readonly unproven: ReadonlySet<number>;
  /** How many members have ended in a row before they were ready. */
  readonly failedStarts: number;
  readonly wasEverReady: boolean;
  /** Whether every slot has been tried, and somebody serves. */
  readonly isStarted: boolean;
  /** Whether every slot has a member that is ready. */
  readonly isFull: boolean;
  readonly operation: Operation | undefined;
  readonly lastId: number;
}

export interface PoolPolicy {
  readonly restart: RestartPolicy;
  /** How many members that replace others may be starting at once. */
  readonly maxSurge: (slots: number) => number;
  /** How long a member must have been ready before the one that it replaces in a reload leaves. */
  readonly soakMs: number;
}

export type PoolEvent =
  | { readonly type: 'ready'; readonly id: number }
  | { readonly type: 'soaked'; readonly id: number }
  /** `isDone`: by itself and without an error. `chance` is from 0 to 1. */
  | (At & { readonly type: 'ended'; readonly id: number; readonly isDone: boolean })
  /** It leaves by itself. */
  | (At & { readonly type: 'leaving'; readonly id: number })
  | (At & { readonly type: 'ready-timeout'; readonly id: number })
  | (At & { readonly type: 'hung'; readonly id: number })
  | (At & { readonly type: 'over-memory'; readonly id: number })
  | { readonly type: 'wait-over'; readonly slot: number }
  | { readonly type: 'reload' }
  | { readonly type: 'scale'; readonly slots: number }
  | { readonly type: 'replace'; readonly slot: number }
  | { readonly type: 'stop' };

export interface At {
  readonly nowMs: number;
  /** Drawn at random, from 0 to 1. */
  readonly chance: number;
}

export type PoolEffect =
  | { readonly type: 'fork'; readonly member: Member }
  /** It is to finish what it has, and end. */
  | { readonly type: 'drain'; readonly id: number; readonly cause: LeaveCause }
  /** It is to end. */
  | { readonly type: 'kill'; readonly id: number; readonly cause: LeaveCause }
  | { readonly type: 'wait'; readonly slot: number; readonly delayMs: number }
  | { readonly type: 'cancel-wait'; readonly slot: number }
  | { readonly type: 'soak'; readonly id: number; readonly delayMs: number }
  /** A member has ended; the next of its slot starts then, if one does because of this. */
  | { readonly type: 'tell-end'; readonly id: number; readonly restartInMs: number | undefined }
  /** Every slot has been tried, and somebody serves. */
  | { readonly type: 'tell-started' }
  | { readonly type: 'tell-full' }
  | { readonly type: 'tell-reload-started'; readonly generation: number }
  | { readonly type: 'tell-reload-progress'; readonly generation: number; readonly done: number }
  | { readonly type: 'tell-reload-done'; readonly generation: number }
  | { readonly type: 'tell-reload-failed'; readonly generation: number; readonly failedId: number }
  | { readonly type: 'tell-scale-started'; readonly from: number; readonly to: number }
  | { readonly type: 'tell-scale-done' }
  | { readonly type: 'tell-scale-failed'; readonly failedId: number }
  | { readonly type: 'tell-replace-started'; readonly slot: number }
  | { readonly type: 'tell-replace-done'; readonly slot: number }
  | { readonly type: 'tell-replace-failed'; readonly slot: number; readonly failedId: number }
  /** None was ever ready, and so many have failed in a row. */
  | { readonly type: 'tell-gave-up'; readonly failedId: number; readonly failures: number }
  /** None was ever ready, and there is nothing to run. */
  | { readonly type: 'tell-done'; readonly lastId: number }
  | { readonly type: 'tell-stopping' }
  | { readonly type: 'tell-ended' };

export interface PoolStep {
  readonly pool: Pool;
  /** What is to be done, in order. */
  readonly effects: readonly PoolEffect[];
}
