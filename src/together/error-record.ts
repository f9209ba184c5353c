import { inspect } from 'node:util';

import { encodeBody } from './body.ts';
import type { Body } from './frames.ts';

/** What was thrown, as it travels: errors cross the boundary between processes as records. */
type ThrownRecord = ErrorRecord | { readonly isError: false; readonly thrown: unknown };

interface ErrorRecord {
  readonly isError: true;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: unknown;
  /** The record of what was thrown before. */
  readonly cause: unknown;
}

const MAX_CAUSES = 8;
const UNTELLABLE = 'What was thrown cannot be told';
const LAST_RESORT: ErrorRecord = {
  isError: true,
  name: 'Error',
  message: UNTELLABLE,
  stack: undefined,
  code: undefined,
  cause: undefined,
};

/** What was thrown, whatever it is. Never throws. */
export function encodeThrown(thrown: unknown): Body {
  for (const toRecord of [recordOf, recordInWords]) {
    try {
      return encodeBody(toRecord(thrown, MAX_CAUSES));
    } catch {
      // It is not to be read, or not to be sent.
    }
  }
  return encodeBody(LAST_RESORT);
}

export function decodeThrown(value: unknown): unknown {
  if (!isRecord(value)) return value;
  return value.isError ? errorOf(value) : value.thrown;
}

function recordOf(thrown: unknown, causes: number): ThrownRecord {
  if (!(thrown instanceof Error)) return { isError: false, thrown };
  const { name, message, stack, cause } = thrown;
  return {
    isError: true,
    name: inWords(name),
    message: inWords(message),
    stack: stack === undefined ? undefined : inWords(stack),
    code: codeOf(thrown),
    cause: cause === undefined || causes === 0 ? undefined : recordOf(cause, causes - 1),
  };
}

/** As much of it as can be told. */
function recordInWords(thrown: unknown, causes: number): ThrownRecord {
  if (!(thrown instanceof Error)) return { isError: false, thrown: inWords(thrown) };
  const code = read(() => codeOf(thrown));
  const cause = causes === 0 ? undefined : read(() => thrown.cause);
  return {
    isError: true,
    name: read(() => inWords(thrown.name)) ?? 'Error',
    message: read(() => inWords(thrown.message)) ?? UNTELLABLE,
    stack: read(() => (thrown.stack === undefined ? undefined : inWords(thrown.stack))),
    code: code === undefined || typeof code === 'number' ? code : read(() => inWords(code)),
    cause: cause === undefined ? undefined : read(() => recordInWords(cause, causes - 1)),
  };
}

function codeOf(error: Error): unknown {
  return Reflect.get(error, 'code');
}

/** The program may have put anything where a text should be. */
function inWords(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value);
}

/** What can be read without an error. */
function read<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
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

function isRecord(value: unknown): value is ThrownRecord {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'isError') === 'boolean';
}
