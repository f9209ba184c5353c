import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { createInbox, nanos } from '@nats-io/transport-node';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';

import type { Bucket, Deleted, Entry, Watch } from '../engine.ts';
import { tell } from '../listeners.ts';
import { decode } from '../wire.ts';
import type { BucketLife } from './bucket.ts';
import type { Buckets } from './buckets.ts';

const HEARTBEAT_MS = 5000;
const SILENT_MS = 3 * HEARTBEAT_MS;
const AGAIN_MS = 500;

interface Parts {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly buckets: Buckets;
  readonly isUp: () => boolean;
}

/**
 * Tells of a bucket by a consumer that knows nothing for longer than this: whatever goes wrong, it begins from the start. So nothing is
 * missed, and what is told twice has the same revision.
 */
export class BucketWatch implements Watch {
  readonly bucket: Bucket;
  readonly #parts: Parts;
  readonly #onEntry: (key: string, entry: Entry | Deleted) => void;
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(parts: Parts, bucket: Bucket, onEntry: (key: string, entry: Entry | Deleted) => void) {
    this.#parts = parts;
    this.bucket = bucket;
    this.#onEntry = onEntry;
    this.restart();
  }

  restart(): void {
    this.#end();
    if (this.#isStopped || !this.#parts.isUp()) return;
    const subscription = this.#parts.connection.subscribe(createInbox());
    this.#subscription = subscription;
    void this.#run(subscription);
  }

  stop(): void {
    this.#isStopped = true;
    this.#end();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  async #run(subscription: Subscription): Promise<void> {
    const { buckets, manager } = this.#parts;
    try {
      const life = await buckets.lifeOf(this.bucket);
      await manager.consumers.add(life.stream, {
        deliver_subject: subscription.getSubject(),
        deliver_policy: DeliverPolicy.LastPerSubject,
        filter_subject: `${life.prefix}>`,
        ack_policy: AckPolicy.None,
        idle_heartbeat: nanos(HEARTBEAT_MS),
        mem_storage: true,
        num_replicas: 1,
      });
      await this.#tell(subscription, life);
    } catch {
      // No stream, no consumer: the engine has forgotten it, or is about to be lost.
      if (this.#subscription === subscription) buckets.forgetAll();
    }
    this.#later(subscription, AGAIN_MS * (1 + Math.random()));
  }

  /** Until something is missing. */
  async #tell(subscription: Subscription, life: BucketLife): Promise<void> {
    let count = 0;
    this.#later(subscription, SILENT_MS);
    for await (const message of subscription) {
      if (this.#subscription !== subscription) return;
      this.#later(subscription, SILENT_MS);
      const at = placeOf(message);
      if (at === undefined) {
        if (isHeartbeat(message)) continue;
        return;
      }
      count += 1;
      if (at.delivered !== count) return;
      this.#tellOf(message, life, at.sequence);
    }
  }

  #tellOf(message: Msg, life: BucketLife, sequence: number): void {
    const value = message.data.length === 0 ? undefined : decode(message.data);
    if (value === null || (value === undefined && message.data.length > 0)) return;
    const entry = { value, revision: life.base + sequence };
    const key = message.subject.slice(life.prefix.length);
    tell(`entries of '${this.bucket.name}'`, () => this.#onEntry(key, entry));
  }

  #later(subscription: Subscription, ms: number): void {
    if (this.#subscription !== subscription) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.restart(), ms);
  }
}

interface Place {
  readonly sequence: number;
  readonly delivered: number;
}

/**
 * Where a message stood in the stream and in what was delivered, which its reply subject says:
 * https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md
 */
function placeOf({ reply = '' }: Msg): Place | undefined {
  if (!reply.startsWith('$JS.ACK.')) return undefined;
  const tokens = reply.split('.');
  // A newer form has the domain and the account before the stream.
  const [sequence = NaN, delivered = NaN] = tokens.slice(tokens.length > 9 ? 7 : 5).map(Number);
  return { sequence, delivered };
}

function isHeartbeat({ headers }: Msg): boolean {
  return headers?.code === 100;
}
