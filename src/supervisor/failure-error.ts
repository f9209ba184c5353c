import type { GrappoloFailure, StartFailure } from '../api/supervisor.ts';
import { GrappoloError } from '../core/errors.ts';
import { endText } from './end-text.ts';

const MEANINGS = {
  ERR_GRAPPOLO_RELOAD_FAILED: 'The reload failed, and workers that were not replaced go on',
  ERR_GRAPPOLO_SCALE_FAILED: 'There are as many workers as before',
  ERR_GRAPPOLO_REPLACE_FAILED: 'The worker that was to be replaced goes on',
  ERR_GRAPPOLO_GAVE_UP: 'No worker was ever ready',
} as const;

export type FailureCode = keyof typeof MEANINGS;

export function failureError(code: FailureCode, failure: StartFailure): GrappoloFailure {
  const { worker, reason } = failure;
  const message = `${MEANINGS[code]}: the new worker in slot ${worker.slot} ${endText(reason)}.`;
  return Object.assign(new GrappoloError(code, message), { failure });
}
