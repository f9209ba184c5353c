import type { Json } from '../engine/engine.ts';
import { type Epoch, isRecord } from './term.ts';

/** What is done to each host. */
export type Action =
  | { readonly kind: 'reload' }
  | { readonly kind: 'scale'; readonly workers: number }
  | { readonly kind: 'stop' };

/** One process on a host: another one under the same name has done nothing of what this one did. */
export type Instance = {
  readonly host: string;
  readonly instance: string;
};

/** A host that is out, or may be: it has been ordered, or was by a rollout before and has not said what came of it. */
export type OutHost = Instance & {
  /** Whether it has a step to do; otherwise it is only asked what became of one. */
  readonly isOrdered: boolean;
};

/**
 * All that must survive the driver, under one key; whoever writes it expects the revision that it has read. A host is in `out` BEFORE
 * it is ordered, and until it has said that it is done: so no record ever has more than `maxUnavailable` of them, and a driver that
 * comes after another one knows all that may be out.
 */
export type RolloutRecord = {
  readonly id: string;
  readonly action: Action;
  /** Of whom alone something was wanted; `null`: of all. */
  readonly only: readonly string[] | null;
  readonly maxUnavailable: number;
  readonly soakMs: number;
  /** Who writes, and how many times it has: by both a writer finds its own again. */
  readonly driver: string;
  readonly write: number;
  /** `failing` and `aborting` give no new orders and wait for those that are out. */
  readonly phase: 'running' | 'failing' | 'aborting' | 'done' | 'failed' | 'aborted';
  /** How many hosts of the plan have been ordered so far: the first ones. */
  readonly next: number;
  readonly total: number;
  /** How many hosts are written down behind those of the plan: they were silent, and are part of none. */
  readonly silent: number;
  readonly out: readonly OutHost[];
  /** Hosts that have been ordered, and have said that they have done nothing and will not. */
  readonly undone: readonly string[];
  /** Hosts that have been ordered, and are out no more, but have not done their step or do worse after it. */
  readonly failed: readonly Failure[];
  /** What has stopped it: the first, also one that is out still. */
  readonly failure: Failure | null;
};

export type Failure = {
  readonly host: string;
  readonly reason: string;
};

/** Where a rollout's record is, and its plan, in one life of the engine: nothing that was meant for another counts there. */
export function rolloutKey({ id }: Epoch): string {
  return `rollout.${id}`;
}

export function planKey({ id }: Epoch, rollout: string, part: number): string {
  return `plan.${id}.${rollout}.${part}`;
}

/** So many hosts of a plan are written at once: an engine takes no value of more than 256 KiB. */
const HOSTS_PER_PART = 500;

export function planParts(total: number): number {
  return Math.max(1, Math.ceil(total / HOSTS_PER_PART));
}

export function planPart(plan: readonly Instance[], part: number): readonly Instance[] {
  return plan.slice(part * HOSTS_PER_PART, (part + 1) * HOSTS_PER_PART);
}

export function isOver({ phase }: RolloutRecord): boolean {
  return phase === 'done' || phase === 'failed' || phase === 'aborted';
}

export function readRecord(value: Json | undefined): RolloutRecord | undefined {
  if (!isRecord(value)) return undefined;
  const { id, out, next, total, write, driver, phase } = value;
  const isWhole =
    typeof id === 'string' &&
    Array.isArray(out) &&
    typeof next === 'number' &&
    typeof total === 'number' &&
    typeof write === 'number' &&
    typeof driver === 'string' &&
    typeof phase === 'string';
  // Only this module's users write it; what has these is whole.
  // One of an older driver does not have all.
  return isWhole
    ? ({ only: null, silent: 0, undone: [], failed: [], ...value } as unknown as RolloutRecord)
    : undefined;
}

/** A part of the hosts in their order. */
export function readPlan(value: Json | undefined): readonly Instance[] | undefined {
  return Array.isArray(value) ? (value as readonly Instance[]) : undefined;
}
