import { createHash } from 'node:crypto';

/** Of all ids that are made here; any other would do as well. */
const NAMESPACE = '6fd09b5b-7a0e-4c1f-9b0c-3a6f6b1f2d55';
/** https://opentelemetry.io/docs/specs/semconv/resource/#service */
const KEY = 'service.instance.id';

/** The id of whoever has this place: the same for each who has it. A UUID of version 5, of RFC 9562. */
export function instanceId(host: string, name: string, slot: number): string {
  return uuidV5(NAMESPACE, JSON.stringify([host, name, slot]));
}

/**
 * OTEL_RESOURCE_ATTRIBUTES with this id, unless they name one already.
 *
 * @see https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable
 */
export function withInstanceId(attributes: string | undefined, id: string): string {
  const pairs = (attributes ?? '').split(',').filter((pair) => pair.trim() !== '');
  if (pairs.some((pair) => pair.split('=', 1)[0]?.trim() === KEY)) return pairs.join(',');
  return [...pairs, `${KEY}=${id}`].join(',');
}

export function uuidV5(namespace: string, name: string): string {
  const space = Buffer.from(namespace.replaceAll('-', ''), 'hex');
  const bytes = createHash('sha1').update(space).update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
