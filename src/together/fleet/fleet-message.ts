import type { FleetMessage } from '../../api/fleet-link.ts';
import { encodeBody, tooLarge } from '../body.ts';
import { bodyLength, rawBody } from '../frames.ts';
import type { Body, RawBody } from '../frames.ts';

/** A value may have so much as it travels to other hosts: with what it grows by as text, half of what an engine of a fleet takes. */
const MAX_FLEET_BYTES = 128 * 1024;

/** What one host says to others. */
export interface Told {
  readonly from: string;
  readonly body: RawBody;
}

/**
 * A value as it travels to other hosts.
 *
 * @throws ERR_GRAPPOLO_CANNOT_CLONE
 */
export function encodeForFleet(value: unknown): Body {
  const body = encodeBody(value);
  const bytes = bodyLength(body);
  if (bytes > MAX_FLEET_BYTES) throw tooLarge(bytes, MAX_FLEET_BYTES);
  return body;
}

export function writeTold(from: string, body: Body): FleetMessage {
  const { isJson, bytes } = rawBody(body);
  return { from, isJson, base64: bytes.toString('base64') };
}

/** `undefined` for what is none of that. */
export function readTold(message: unknown): Told | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { from, isJson, base64 } = message as Readonly<Record<string, unknown>>;
  if (typeof from !== 'string' || typeof isJson !== 'boolean' || typeof base64 !== 'string') return undefined;
  return { from, body: { isJson, bytes: Buffer.from(base64, 'base64') } };
}
