import { randomBytes } from 'node:crypto';

import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

import { FleetError } from '../../errors.ts';
import type { Bucket } from '../engine.ts';
import { MAX_BYTES } from '../wire.ts';

/**
 * A stream that holds a bucket, from when it was made until the engine forgets it: one life of it.
 *
 * The next one counts from 1 again. So that nothing of an earlier life passes for something of a later one, its subjects have a random
 * part: a write for another life reaches nobody. And so that revisions only ever grow, they are counted from the moment at which the
 * engine made the stream, in µs: a bucket would have to take a million writes a second to come to where its next life begins.
 */
export interface BucketLife {
  readonly stream: string;
  /** What stands before a key, with the dot. */
  readonly prefix: string;
  /** A revision is this and the stream's own sequence number. */
  readonly base: number;
}

const STREAM_NOT_FOUND: number = JetStreamApiCodes.StreamNotFound;
/** The same name with other settings: its subjects are never the same. It has no name in the library. */
const STREAM_NAME_TAKEN = 10058;
const MICROSECONDS = 1000;
/** No message has an id here; but the window may not be longer than the bucket's time. */
const LONGEST_WINDOW_MS = 120_000;

/** The bucket's life in this engine, which begins now if there is none. */
export async function findLife(
  manager: JetStreamManager,
  bucket: Bucket,
  replicas: number,
): Promise<BucketLife> {
  const stream = `grappolo-${bucket.name}`;
  const info = (await lookUp(manager, stream)) ?? (await make(manager, stream, bucket, replicas));
  const [subject = ''] = info.config.subjects ?? [];
  const isOurs = subject.startsWith(`grappolo.kv.${bucket.name}.`) && info.config.max_age === ageOf(bucket);
  if (!isOurs) {
    throw new FleetError(
      'ERR_FLEET_BUCKET_DIFFERS',
      `Cannot use the bucket '${bucket.name}': other hosts have made it with a TTL of ${info.config.max_age / nanos(1)} ms, and this one wants ${bucket.ttlMs ?? 0} ms. Give all hosts of the fleet the same version and settings`,
    );
  }
  return { stream, prefix: subject.slice(0, -1), base: Date.parse(info.created) * MICROSECONDS };
}

async function lookUp(manager: JetStreamManager, stream: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(stream);
  } catch (error) {
    if (isApiError(error, STREAM_NOT_FOUND)) return undefined;
    throw error;
  }
}

async function make(
  manager: JetStreamManager,
  stream: string,
  bucket: Bucket,
  replicas: number,
): Promise<StreamInfo> {
  const windowMs = Math.min(bucket.ttlMs ?? LONGEST_WINDOW_MS, LONGEST_WINDOW_MS);
  try {
    return await manager.streams.add({
      name: stream,
      subjects: [`grappolo.kv.${bucket.name}.${randomBytes(8).toString('hex')}.>`],
      retention: RetentionPolicy.Limits,
      storage: StorageType.Memory,
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
      max_msg_size: MAX_BYTES + 1024,
      max_age: ageOf(bucket),
      duplicate_window: nanos(windowMs),
      num_replicas: replicas,
      deny_purge: true,
    });
  } catch (error) {
    // Another host was faster: its is as good.
    if (isApiError(error, STREAM_NAME_TAKEN)) return manager.streams.info(stream);
    throw error;
  }
}

function ageOf({ ttlMs }: Bucket): number {
  return nanos(ttlMs ?? 0);
}

export function isApiError(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code;
}
