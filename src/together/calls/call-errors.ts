import { GrappoloError } from '../../core/errors.ts';
import type { GrappoloErrorCode } from '../../core/errors.ts';
import { duration } from '../../core/duration.ts';
import { webError } from '../web-error.ts';
import type { Refusal } from './call-messages.ts';

/** Whoever was to answer, where that is known. */
export interface Who {
  readonly id?: unknown;
  readonly slot?: unknown;
}

const REFUSED: Readonly<Record<Refusal, readonly [GrappoloErrorCode, string]>> = {
  gone: ['ERR_GRAPPOLO_TARGET_GONE', 'has ended, or is about to'],
  'no-target': ['ERR_GRAPPOLO_NO_TARGET', 'is not there: no worker has this slot or id'],
  'no-worker': [
    'ERR_GRAPPOLO_NO_TARGET',
    'is not there: there is no worker, and the primary does not serve this contract. Fork one, or call serve() in the primary',
  ],
  'not-served': ['ERR_GRAPPOLO_NOT_SERVED', 'does not serve this contract. Call serve() in its program'],
  'no-method': ['ERR_GRAPPOLO_NO_METHOD', 'has no method of this name in what it gave to serve()'],
  busy: ['ERR_GRAPPOLO_CALLS_PENDING', 'has more than 64 MiB to read already'],
  'too-many-wait': [
    'ERR_GRAPPOLO_CALLS_PENDING',
    'does not serve this contract yet, and too many calls wait for workers that start',
  ],
  'too-large': ['ERR_GRAPPOLO_CANNOT_CLONE', 'cannot be sent arguments of this size'],
};

/** The error of a call that nobody answers; `name` is that of the method. */
export function refused(refusal: Refusal, name: string, who: Who): GrappoloError {
  const [code, why] = REFUSED[refusal];
  return new GrappoloError(code, `Cannot call ${name}: ${wordsFor(who)} ${why}`);
}

export function callTimeout(name: string, timeoutMs: number): GrappoloError {
  return webError(
    'TimeoutError',
    'ERR_GRAPPOLO_CALL_TIMEOUT',
    `Cannot wait longer for ${name}: there was no answer within ${duration(timeoutMs)}`,
  );
}

function wordsFor({ id, slot }: Who): string {
  if (id === 0) return 'the primary';
  if (typeof id !== 'number') return 'whoever is to answer';
  return typeof slot === 'number' ? `worker ${id} in slot ${slot}` : `worker ${id}`;
}
