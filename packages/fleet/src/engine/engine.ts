/**
 * What a fleet needs of an engine, in five verbs: what it keeps may vanish at any time and can be written again.
 * One suite tries every engine (`test/fleet/engine-contract.ts`). An engine is opened with the buckets that will be used; keys and
 * subjects have letters, digits, `-`, `_`, `=`, `/`, and single dots between.
 *
 * While it is down, each verb rejects with ERR_FLEET_ENGINE_LOST at once, and within some seconds where that is not known yet; what is
 * published is dropped. After `close()` each throws ERR_FLEET_ENGINE_CLOSED.
 */
export interface Engine {
  /**
   * Writes a value if nobody has written since: `expected` is the revision that the writer knows, `0` where there is to be
   * none yet, `undefined` where it does not matter. A value of `null` deletes it at once; it counts as a write.
   *
   * @returns the new revision, greater than any before it in this bucket, also where the engine has forgotten all of it since (as
   *   long as its own clock is not set back): so it is a fence, and one that is expected from before is never met. `undefined`, where
   *   the key has another revision than was expected
   * @throws {FleetError} ERR_FLEET_ENGINE_LOST where nothing is known of what became of it
   */
  put(bucket: string, key: string, value: Json | null, expected?: number): Promise<number | undefined>;

  /** What the bucket has under this key; `undefined` where that is nothing, was deleted, or is older than the bucket's TTL. */
  get(bucket: string, key: string): Promise<Entry | undefined>;

  /**
   * Tells of what the bucket has, and then of each write, or of the last where several of one key come close together. What expires
   * is not told of: keep the time yourself. After the engine was lost and is back, all that the bucket has is told again, with the
   * revisions that were told before; what is no longer there is not told of.
   */
  watch(bucket: string, onEntry: (key: string, entry: Entry | Deleted) => void): Watch;

  /**
   * Sends to all who listen on the subject, once at most: whoever is not there misses it.
   *
   * @throws {FleetError} ERR_FLEET_ENGINE_SLOW where the engine has not yet taken what was published before, which is much
   */
  publish(subject: string, message: Json): void;

  /**
   * Asks all who answer on the subject, and gives what has come by the time that all `expected` have answered, or the time is
   * over; at once where nobody listens. Never rejects for lack of answers.
   *
   * @throws {FleetError} ERR_FLEET_ENGINE_LOST where some are missing and the engine itself does not answer
   */
  requestMany(subject: string, message: Json, terms: RequestTerms): Promise<readonly Json[]>;

  /**
   * Calls `onMessage` with what is published on the subject and asked there; what it gives back answers who asks. Goes on after the
   * engine was lost. A listener that throws is a warning.
   */
  listen(
    subject: string,
    onMessage: (message: Json) => Json | undefined | Promise<Json | undefined>,
  ): Listening;

  /** Whether it answers just now. */
  readonly isUp: boolean;
  /** Called when that changes. */
  onChange: ((isUp: boolean) => void) | undefined;
  /** Called with what the engine refuses where nobody waits for an answer: to listen, and what is published. */
  onRefused: ((error: Error) => void) | undefined;

  /** Idempotent. */
  close(): Promise<void>;
}

/** How long what a bucket holds lives after it was last written: one bucket for each lifetime. */
export interface Bucket {
  /** Letters, digits, `-` and `_`. */
  readonly name: string;
  /** In ms, 100 or more; `undefined`: for as long as the engine remembers. */
  readonly ttlMs: number | undefined;
}

export interface Entry {
  readonly value: Json;
  readonly revision: number;
}

export interface Deleted {
  readonly value: undefined;
  readonly revision: number;
}

export interface Watch {
  stop(): void;
}

export interface Listening {
  stop(): void;
}

export interface RequestTerms {
  readonly timeoutMs: number;
  /** So many answers are enough. Default: all that come in time. */
  readonly expected?: number;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
