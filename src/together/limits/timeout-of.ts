import { invalidArgType } from '../../core/errors.ts';

/** As long as rate-limiter-flexible waits. */
const TIMEOUT_MS = 5000;

/** How long an answer is waited for, in ms, as an option has it. */
export function timeoutOf(value: unknown): number {
  if (value === undefined) return TIMEOUT_MS;
  if (typeof value === 'number' && value >= 0) return value;
  throw invalidArgType('options.timeoutMs', 'a number of milliseconds', value);
}
