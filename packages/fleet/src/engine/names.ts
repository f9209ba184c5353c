import { FleetError } from '../errors.ts';
import type { Bucket } from './engine.ts';

/** What every engine can hold as it is: the tokens of a NATS subject. */
const DOTTED = /^[-\w=/]+(?:\.[-\w=/]+)*$/;
const BUCKET = /^[-\w]+$/;
const MAX_LENGTH = 200;
/** The shortest that NATS takes. */
const MIN_TTL_MS = 100;

export function checkKey(key: string): void {
  check('the key', key, DOTTED);
}

export function checkSubject(subject: string): void {
  check('the subject', subject, DOTTED);
}

/** The buckets by their names. */
export function checkBuckets(buckets: readonly Bucket[]): ReadonlyMap<string, Bucket> {
  for (const { name, ttlMs } of buckets) {
    check('the bucket', name, BUCKET);
    if (ttlMs === undefined || (Number.isSafeInteger(ttlMs) && ttlMs >= MIN_TTL_MS)) continue;
    throw invalid(
      `Cannot use the bucket '${name}': its TTL is ${ttlMs}, and must be whole ms, ${MIN_TTL_MS} or more`,
    );
  }
  return new Map(buckets.map((bucket) => [bucket.name, bucket]));
}

export function bucketOf(buckets: ReadonlyMap<string, Bucket>, name: string): Bucket {
  const bucket = buckets.get(name);
  if (bucket === undefined) {
    const known = [...buckets.keys()].join(', ') || 'none';
    throw invalid(
      `Cannot use the bucket '${name}': the engine was opened with others (${known}). Name it there`,
    );
  }
  return bucket;
}

function check(what: string, name: string, pattern: RegExp): void {
  if (name.length <= MAX_LENGTH && pattern.test(name)) return;
  const shown = JSON.stringify(name.slice(0, MAX_LENGTH));
  throw invalid(
    `Cannot use ${what} ${shown}: it must have 1 to ${MAX_LENGTH} letters, digits, '-' or '_'${pattern === DOTTED ? ", '=', '/', and single dots between" : ''}`,
  );
}

function invalid(message: string): FleetError {
  return new FleetError('ERR_FLEET_INVALID_ARGUMENT', message);
}
