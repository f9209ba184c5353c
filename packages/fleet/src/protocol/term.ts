import type { Json } from '../engine/engine.ts';

/**
 * One life of an engine. An engine that forgets everything counts its revisions from 1 again: what is compared, or expected, across
 * such a loss needs more than a revision. `id` was never written twice, so that it is in one life of the engine alone; `number` grows.
 */
export type Epoch = {
  readonly number: number;
  readonly id: string;
};

/**
 * What a holder has that nobody had before: the epoch, and the revision in it by which the lease was got. Revisions only grow within
 * an epoch, and no two epochs have the same id, so no term is ever that of another holder. A term of a later epoch is the greater one
 * whatever its revision: whoever makes an epoch takes a number above all that it has seen, and not below the time of day in ms, so
 * that also a fleet of which nobody remembers anything goes on above what a database may have kept. Two who knew nothing of each
 * other's epochs may take the same number: then the ids decide, which is arbitrary, and the same for all.
 */
export type Term = {
  readonly epoch: Epoch;
  readonly revision: number;
};

/** Below 0 where `a` is the older one, above where it is the newer one. */
export function compareTerms(a: Term, b: Term): number {
  return compareEpochs(a.epoch, b.epoch) || a.revision - b.revision;
}

/** A term as text; texts compare as the terms do, for databases that keep the highest: `+` is below all that an id may have. */
export function termText({ epoch, revision }: Term): string {
  return `${padded(epoch.number)}+${epoch.id}+${padded(revision)}`;
}

function compareEpochs(a: Epoch, b: Epoch): number {
  if (a.number !== b.number) return a.number - b.number;
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1;
}

export function readEpoch(value: Json | undefined): Epoch | undefined {
  if (!isRecord(value)) return undefined;
  const { number, id } = value;
  return typeof number === 'number' && typeof id === 'string' ? { number, id } : undefined;
}

export function readTerm(value: Json | undefined): Term | undefined {
  if (!isRecord(value)) return undefined;
  const epoch = readEpoch(value['epoch']);
  const { revision } = value;
  return epoch && typeof revision === 'number' ? { epoch, revision } : undefined;
}

export function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Numbers up to the greatest safe one have 16 digits. */
function padded(number: number): string {
  return String(number).padStart(16, '0');
}
