import type { Bucket, Deleted, Entry, Json } from './engine.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { MemoryEngine } from './memory-engine.ts';
import { bucketOf, checkBuckets } from './names.ts';

/** So far apart are the revisions of two lives of a store for each ms between their starts: as in `nats/buckets.ts`. */
const REVISIONS_PER_MS = 1000;

export interface MemoryStoreOptions {
  readonly buckets: readonly Bucket[];
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** What several engines in one process share, as several hosts do one NATS: `connect()` makes one for each host. */
export class MemoryStore {
  readonly clock: Clock;
  readonly #buckets: ReadonlyMap<string, Bucket>;
  readonly #engines = new Set<MemoryEngine>();
  readonly #kept = new Map<string, Map<string, Written>>();
  #revision: number;

  constructor({ buckets, clock = systemClock }: MemoryStoreOptions) {
    this.clock = clock;
    this.#buckets = checkBuckets(buckets);
    this.#revision = this.#firstRevision();
  }

  connect(): MemoryEngine {
    const engine = new MemoryEngine(this, {
      onClose: () => this.#engines.delete(engine),
      others: () => this.#engines,
    });
    this.#engines.add(engine);
    return engine;
  }

  /** Loses all that it holds, as a server does that is started anew: every engine is down for that moment. */
  restart(): void {
    const up = [...this.#engines].filter((engine) => engine.isUp);
    for (const engine of up) engine.setReachable(false);
    this.#kept.clear();
    this.#revision = Math.max(this.#firstRevision(), this.#revision);
    for (const engine of up) engine.setReachable(true);
  }

  /** The new revision; `undefined` where the key has another one than was expected. */
  write(bucket: string, key: string, value: Json | null, expected: number | undefined): number | undefined {
    const entry = this.#lookUp(bucket, key);
    const isExpected =
      expected === undefined ||
      expected === (entry?.revision ?? 0) ||
      (expected === 0 && entry?.value === undefined);
    if (!isExpected) return undefined;
    this.#revision += 1;
    const written = { value: value ?? undefined, revision: this.#revision, atMs: this.clock.nowMs() };
    const entries = this.#kept.get(bucket) ?? new Map<string, Written>();
    this.#kept.set(bucket, entries.set(key, written));
    for (const engine of this.#engines) engine.hear(bucket, key, entryOf(written));
    return this.#revision;
  }

  read(bucket: string, key: string): Entry | undefined {
    const written = this.#lookUp(bucket, key);
    const entry = written && entryOf(written);
    return entry?.value === undefined ? undefined : entry;
  }

  /** All that a bucket has, what was deleted as well. */
  entries(bucket: string): readonly (readonly [string, Entry | Deleted])[] {
    bucketOf(this.#buckets, bucket);
    return [...(this.#kept.get(bucket)?.keys() ?? [])].flatMap((key) => {
      const written = this.#lookUp(bucket, key);
      return written ? [[key, entryOf(written)] as const] : [];
    });
  }

  #lookUp(bucket: string, key: string): Written | undefined {
    const { ttlMs = Infinity } = bucketOf(this.#buckets, bucket);
    const entries = this.#kept.get(bucket);
    const written = entries?.get(key);
    if (written === undefined || this.clock.nowMs() - written.atMs < ttlMs) return written;
    entries?.delete(key);
    return undefined;
  }

  #firstRevision(): number {
    return Math.floor(this.clock.nowMs() * REVISIONS_PER_MS);
  }
}

interface Written {
  readonly value: Exclude<Json, null> | undefined;
  readonly revision: number;
  readonly atMs: number;
}

function entryOf({ value, revision }: Written): Entry | Deleted {
  return { value, revision };
}
