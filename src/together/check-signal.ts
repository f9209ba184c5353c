import { invalidArgType } from '../core/errors.ts';

/**
 * The signal of an option, where there is one.
 *
 * @throws ERR_INVALID_ARG_TYPE
 */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw invalidArgType('options.signal', 'an AbortSignal', signal);
}
