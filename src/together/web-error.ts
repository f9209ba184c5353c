import { GrappoloError } from '../core/errors.ts';
import type { GrappoloErrorCode } from '../core/errors.ts';

/** An error with a code of ours and the name that the web's error for the same has. */
export function webError(
  name: 'AbortError' | 'DataCloneError' | 'TimeoutError',
  code: GrappoloErrorCode,
  message: string,
  options?: ErrorOptions,
): GrappoloError {
  const error = new GrappoloError(code, message, options);
  return Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
}
