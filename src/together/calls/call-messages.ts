import type { Header } from '../header.ts';
import type { CallTarget } from './contract.ts';

export const CALLS = 'call';

/** To whom, in two fields of a header. */
export function targetFields(target: CallTarget): { readonly to: string; readonly at?: number } {
  if (typeof target === 'string') return { to: target };
  return 'slot' in target ? { to: 'slot', at: target.slot } : { to: 'id', at: target.id };
}

export function parseTarget(header: Header): CallTarget | undefined {
  const to = header.get('to');
  const at = header.get('at');
  if (to === 'primary' || to === 'any' || to === 'least-loaded') return to;
  if (typeof at !== 'number') return undefined;
  if (to === 'slot') return { slot: at };
  return to === 'id' ? { id: at } : undefined;
}

export function isTarget(value: unknown): value is CallTarget {
  if (value === 'primary' || value === 'any' || value === 'least-loaded') return true;
  if (typeof value !== 'object' || value === null) return false;
  const { slot, id } = value as { readonly slot?: unknown; readonly id?: unknown };
  return isCount(slot) ? id === undefined : slot === undefined && isCount(id);
}

/** What cannot be done for a caller, as it is told. */
export type Refusal =
  'gone' | 'no-target' | 'no-worker' | 'not-served' | 'no-method' | 'busy' | 'too-many-wait' | 'too-large';

const REFUSALS: readonly unknown[] = [
  'gone',
  'no-target',
  'no-worker',
  'not-served',
  'no-method',
  'busy',
  'too-many-wait',
  'too-large',
] satisfies Refusal[];

export function isRefusal(value: unknown): value is Refusal {
  return value !== undefined && REFUSALS.includes(value);
}

/** The header of an answer, as the hub sends it on: each call has one. */
export function answerHeader(n: number, isOk: boolean, id: number): string {
  return `{"s":"${CALLS}","ok":${isOk},"id":${id},"ack":${n}}`;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
