import { inspect } from 'node:util';

import { encodeBody } from './body.ts';
import type { Body } from './frames.ts';

/** An error as it travels: errors cross the boundary between processes as records. */
interface ErrorRecord {
  readonly isError: true;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: unknown;
  readonly cause: unknown;
}

const MAX_CAUSES = 8;

/** What was thrown, whatever it is. */
export function encodeThrown(thrown: unknown): Body {
  const record = recordOf(thrown, MAX_CAUSES);
  try {
    return encodeBody(record);
  } catch {
    return encodeBody(inText(record));
  }
}

export function decodeThrown(value: unknown): unknown {
  return isRecord(value) ? errorOf(value) : value;
}

function recordOf(thrown: unknown, causes: number): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { name, message, stack, cause } = thrown;
  const code: unknown = Reflect.get(thrown, 'code');
  return {
    isError: true,
    name: name,
    message: message,
    stack: stack,
    code,
    cause: cause === undefined || causes === 0 ? undefined : recordOf(cause, causes - 1),
  } satisfies ErrorRecord;
}

/** What cannot be sent is told in words. */
function inText(value: unknown): unknown {
  if (!isRecord(value)) return inspect(value);
  const { code, cause } = value;
  const isSimple = code === undefined || typeof code === 'string' || typeof code === 'number';
  return {
    ...value,
    code: isSimple ? code : inspect(code),
    cause: cause === undefined ? undefined : inText(cause),
  } satisfies ErrorRecord;
}

function errorOf({ name, message, stack, code, cause }: ErrorRecord): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause: decodeThrown(cause) });
  const define = (key: string, value: unknown): void =>
    void Object.defineProperty(error, key, { value, configurable: true, writable: true });
  if (name !== 'Error') define('name', name);
  if (stack !== undefined) define('stack', stack);
  if (code !== undefined) Object.assign(error, { code });
  return error;
}

function isRecord(value: unknown): value is ErrorRecord {
  return typeof value === 'object' && value !== null && Reflect.get(value, 'isError') === true;
}
