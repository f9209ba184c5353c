import type { Json } from '../engine/engine.ts';
import { compareTerms, isRecord, readTerm, type Term } from './term.ts';

/** By what authority a driver speaks: its lease, and the revision of the rollout's record that says what is to be done. */
export type Fence = {
  readonly term: Term;
  readonly revision: number;
};

/** Below 0 where `a` is the older one. */
export function compareFences(a: Fence, b: Fence): number {
  return compareTerms(a.term, b.term) || a.revision - b.revision;
}

export function readFence(value: Json | undefined): Fence | undefined {
  if (!isRecord(value)) return undefined;
  const term = readTerm(value['term']);
  const { revision } = value;
  return term && typeof revision === 'number' ? { term, revision } : undefined;
}
