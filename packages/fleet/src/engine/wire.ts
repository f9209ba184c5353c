import { FleetError } from '../errors.ts';
import type { Json } from './engine.ts';

/** A quarter of what a NATS server takes by default. What a fleet says is some hundred bytes long. */
export const MAX_BYTES: number = 256 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** @throws {FleetError} ERR_FLEET_TOO_LARGE */
export function encode(what: string, value: Json): Uint8Array {
  const bytes = encoder.encode(JSON.stringify(value));
  if (bytes.length <= MAX_BYTES) return bytes;
  throw new FleetError(
    'ERR_FLEET_TOO_LARGE',
    `Cannot send ${what}: it has ${bytes.length} bytes, and may have ${MAX_BYTES}`,
  );
}

/** `undefined` for what is no JSON: others may use the same engine. */
export function decode(bytes: Uint8Array): Json | undefined {
  try {
    // JSON is nothing else.
    return JSON.parse(decoder.decode(bytes)) as Json;
  } catch {
    return undefined;
  }
}
