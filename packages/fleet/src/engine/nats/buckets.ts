import { JetStreamApiCodes } from '@nats-io/jetstream';
import type { JetStreamClient, JetStreamManager, StoredMsg } from '@nats-io/jetstream';

import type { Bucket, Entry } from '../engine.ts';
import { decode } from '../wire.ts';
import { findLife, isApiError } from './bucket.ts';
import type { BucketLife } from './bucket.ts';

/** Lives of buckets, one after the other, that may end under one's hands. */
const TRIES = 3;
/** What a deleted key has: no JSON is empty. */
const NOTHING = new Uint8Array();
const WRONG_LAST_SEQUENCE: number = JetStreamApiCodes.StreamWrongLastSequence;

/** Reads and writes buckets, which are made when they are first needed, and again where the engine has forgotten them. */
export class Buckets {
  /** Called where a bucket's life is over. */
  onForgotten: (name: string) => void = () => undefined;
  readonly #client: JetStreamClient;
  readonly #manager: JetStreamManager;
  readonly #replicas: number;
  readonly #lives = new Map<string, Promise<BucketLife>>();

  constructor(client: JetStreamClient, manager: JetStreamManager, replicas: number) {
    this.#client = client;
    this.#manager = manager;
    this.#replicas = replicas;
  }

  async lifeOf(bucket: Bucket): Promise<BucketLife> {
    const known = this.#lives.get(bucket.name);
    if (known !== undefined) return known;
    const found = findLife(this.#manager, bucket, this.#replicas);
    this.#lives.set(bucket.name, found);
    // Whoever needs it looks again; only of a life that there was it is told that it is over.
    found.catch(() => this.#drop(bucket.name, found));
    return found;
  }

  /** After the engine was away: it may have forgotten everything. */
  forgetAll(): void {
    this.#lives.clear();
  }

  async write(
    bucket: Bucket,
    key: string,
    data: Uint8Array | undefined,
    expected: number | undefined,
  ): Promise<number | undefined> {
    return this.#inLife(bucket, async (life) => {
      if (expected === undefined || expected === 0) return this.#publish(life, key, data, expected);
      // One of an earlier life is below.
      const sequence = expected - life.base;
      return sequence > 0 ? this.#publish(life, key, data, sequence) : undefined;
    });
  }

  async read(bucket: Bucket, key: string): Promise<Entry | undefined> {
    return this.#inLife(bucket, async (life) => {
      const stored = await this.#lastOf(life, key);
      const value = stored && decode(stored.data);
      if (stored === undefined && !(await this.#isLiving(bucket, life))) throw new LifeIsOver();
      return stored && value !== undefined && value !== null
        ? { value, revision: life.base + stored.seq }
        : undefined;
    });
  }

  async #publish(
    life: BucketLife,
    key: string,
    data: Uint8Array = NOTHING,
    sequence?: number,
  ): Promise<number | undefined> {
    const expect = sequence === undefined ? {} : { expect: { lastSubjectSequence: sequence } };
    try {
      const { seq } = await this.#client.publish(life.prefix + key, data, expect);
      return life.base + seq;
    } catch (error) {
      if (!isApiError(error, WRONG_LAST_SEQUENCE)) throw error;
    }
    if (sequence !== 0) return undefined;
    // What was deleted is none, too, and has a sequence number until its time is over.
    const stored = await this.#lastOf(life, key);
    return stored?.data.length === 0 ? this.#publish(life, key, data, stored.seq) : undefined;
  }

  async #lastOf({ stream, prefix }: BucketLife, key: string): Promise<StoredMsg | undefined> {
    return (await this.#manager.streams.getMessage(stream, { last_by_subj: prefix + key })) ?? undefined;
  }

  async #isLiving(bucket: Bucket, life: BucketLife): Promise<boolean> {
    const now = await findLife(this.#manager, bucket, this.#replicas);
    return now.prefix === life.prefix;
  }

  async #inLife<T>(bucket: Bucket, act: (life: BucketLife) => Promise<T>): Promise<T> {
    for (let left = TRIES; ; left -= 1) {
      const finding = this.lifeOf(bucket);
      const life = await finding;
      try {
        return await act(life);
      } catch (error) {
        if (left <= 1 || !isOver(error)) throw error;
        const known = this.#lives.get(bucket.name);
        if (known !== undefined && (await known) === life) this.#forget(bucket.name, known);
      }
    }
  }

  #forget(name: string, life: Promise<BucketLife>): void {
    if (this.#drop(name, life)) this.onForgotten(name);
  }

  #drop(name: string, life: Promise<BucketLife>): boolean {
    return this.#lives.get(name) === life && this.#lives.delete(name);
  }
}

class LifeIsOver extends Error {}

/** Of these alone it is sure that nothing was done. */
function isOver(error: unknown): boolean {
  if (error instanceof LifeIsOver || isApiError(error, JetStreamApiCodes.StreamNotFound)) return true;
  // What the library calls it where a subject belongs to no stream.
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}
