import type { Entry } from '../engine/engine.ts';
import { isRecord } from './term.ts';

/** Another process that was found to write the record of this one's host. */
export interface Namesake {
  readonly instance: string;
  readonly revision: number;
  /** When it was first found, and last. */
  readonly sinceMs: number;
  readonly seenMs: number;
  /** Whether it goes on: one that has ended, or is just being followed by this one, may have left a record that came late. */
  readonly isAlive: boolean;
}

/** By what is there in place of one's own record; alive is who still writes `aliveMs` after it was first found. */
export function findNamesake(
  before: Namesake | undefined,
  entry: Entry | undefined,
  { me, nowMs, aliveMs }: { readonly me: string; readonly nowMs: number; readonly aliveMs: number },
): Namesake | undefined {
  const instance = entry && isRecord(entry.value) ? entry.value['instance'] : undefined;
  if (!entry || typeof instance !== 'string' || instance === me) return before;
  const { revision } = entry;
  if (before?.instance !== instance)
    return { instance, revision, sinceMs: nowMs, seenMs: nowMs, isAlive: false };
  const isRenewed = revision > before.revision && nowMs - before.sinceMs >= aliveMs;
  return { ...before, revision, seenMs: nowMs, isAlive: before.isAlive || isRenewed };
}
