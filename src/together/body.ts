import { types } from 'node:util';
import { deserialize, serialize } from 'node:v8';

import type { GrappoloError } from '../core/errors.ts';
import type { Body } from './frames.ts';
import { webError } from './web-error.ts';

/** Not there where Node runs without a compiler. */
const { Module } =
  (globalThis as { readonly WebAssembly?: { readonly Module?: { readonly prototype: object } } })
    .WebAssembly ?? {};

/** A body may have this much: it is held in memory by who sends and who receives it. */
export const MAX_BODY_BYTES: number = 256 * 2 ** 20;

/** So many parts of a value are looked at before it is left to the structured clone algorithm. */
const FEW_PARTS = 64;
const SHORT_TEXT = 4096;

/**
 * A value as it travels: by the structured clone algorithm, or as JSON, which is faster, where that means the same.
 *
 * @throws ERR_GRAPPOLO_CANNOT_CLONE
 */
export function encodeBody(value: unknown): Body {
  let bytes: Buffer;
  try {
    // Both may run the program's getters.
    if (isPlain(value, { left: FEW_PARTS, seen: undefined })) return JSON.stringify(value);
    bytes = serialize(value);
  } catch (error) {
    throw cannotClone(error);
  }
  if (bytes.length > MAX_BODY_BYTES) throw tooLarge(bytes.length, MAX_BODY_BYTES);
  return { isJson: false, bytes };
}

/**
 * The same for the arguments of a call, an array that nobody else has.
 *
 * @throws ERR_GRAPPOLO_CANNOT_CLONE
 */
export function encodeArguments(args: readonly unknown[]): Body {
  try {
    const parts: Parts = { left: FEW_PARTS - args.length, seen: undefined };
    const isPlainArray = parts.left > 0 && !('toJSON' in args) && args.every((arg) => isPlain(arg, parts));
    if (isPlainArray) return JSON.stringify(args);
  } catch (error) {
    throw cannotClone(error);
  }
  return encodeBody(args);
}

/**
 * `isOwn`: the value may lie in the body's memory, as nobody else reads or writes that.
 *
 * @throws ERR_GRAPPOLO_CANNOT_CLONE: v8.serialize() has taken what cannot be read again.
 */
export function decodeBody(body: Body, isOwn = false): unknown {
  try {
    if (typeof body === 'string') return JSON.parse(body);
    const { isJson, bytes } = body;
    if (isJson) return JSON.parse(bytes.toString());
    return deserialize(isOwn ? bytes : Buffer.from(bytes));
  } catch (error) {
    throw cannotClone(error, 'Cannot read this value of another process');
  }
}

export function tooLarge(bytes: number, maxBytes: number): GrappoloError {
  return cannotClone(new Error(`it has ${bytes} bytes, and may have ${maxBytes}`));
}

function cannotClone(cause: unknown, what = 'Cannot send this value to another process'): GrappoloError {
  // V8 ends some of its sentences.
  const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
  return webError(
    'DataCloneError',
    'ERR_GRAPPOLO_CANNOT_CLONE',
    `${what}: ${reason}. Send plain data, maps, sets, dates, errors, buffers and typed arrays`,
    { cause },
  );
}

interface Parts {
  left: number;
  seen: Seen | undefined;
}

/** A chain: most values have one object, and an array takes more than that. */
interface Seen {
  readonly object: object;
  readonly before: Seen | undefined;
}

function isSeen(object: object, last: Seen | undefined): boolean {
  for (let seen = last; seen; seen = seen.before) if (seen.object === object) return true;
  return false;
}

/** Whether JSON gives back the same value, as can be seen at little cost. */
function isPlain(value: unknown, parts: Parts): boolean {
  switch (typeof value) {
    case 'string':
      return value.length <= SHORT_TEXT;
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return true;
  // Two names of one object are not JSON's; and nobody clones a proxy.
  if (isSeen(value, parts.seen) || types.isProxy(value)) return false;
  parts.seen = { object: value, before: parts.seen };
  const isArray = Array.isArray(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== (isArray ? Array.prototype : Object.prototype)) {
    refuseModule(value);
    return false;
  }
  if ('toJSON' in value) return false;
  // Holes of an array, and what was added to one beside its items, are not JSON's.
  if (isArray && (value.length > parts.left || !hasOnlyItems(value))) return false;
  for (const key in value) {
    // What a program has put on the prototype of all.
    if (!Object.hasOwn(value, key)) continue;
    const part = (value as Record<string, unknown>)[key];
    parts.left -= 1;
    if (parts.left < 0 || key === '__proto__' || key.length > SHORT_TEXT || !isPlain(part, parts))
      return false;
  }
  return true;
}

function hasOnlyItems(array: readonly unknown[]): boolean {
  const keys = Object.keys(array);
  // The indexes come first.
  return keys.length === array.length && (keys.length === 0 || keys.at(-1) === String(keys.length - 1));
}

/** v8.serialize() leaves it out and says nothing, and nobody can read the rest. */
function refuseModule(value: object): void {
  if (Module?.prototype.isPrototypeOf(value) === true) throw new Error('#<Module> could not be cloned');
}
