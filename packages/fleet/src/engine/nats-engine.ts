import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';

import type { Bucket, Deleted, Engine, Entry, Json, Listening, RequestTerms, Watch } from './engine.ts';
import { tell } from './listeners.ts';
import { BucketWatch } from './nats/bucket-watch.ts';
import { Buckets } from './nats/buckets.ts';
import { connectNats } from './nats/connect.ts';
import type { Connected, NatsServers } from './nats/connect.ts';
import { collect, listenTo } from './nats/messages.ts';
import { Outbox } from './nats/outbox.ts';
import { Pulse } from './nats/pulse.ts';
import { followRefusals } from './nats/refusals.ts';
import { Requests } from './nats/requests.ts';
import { bucketOf, checkBuckets, checkKey, checkSubject } from './names.ts';
import { encode } from './wire.ts';

export interface NatsEngineOptions extends NatsServers {
  /** All buckets that will be used; each is made when it is first needed. */
  readonly buckets: readonly Bucket[];
  /** On how many servers of a cluster each bucket is. Default: 1. */
  readonly replicas?: number | undefined;
  /** How long a request may take. Default: 3000. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 3000;
/** What was published just before the end should go out. */
const FLUSH_MS = 500;

/**
 * An engine on NATS 2.9 or newer with JetStream. It is there when it answers; where it is lost later, it is looked for, for ever.
 *
 * @throws {FleetError} ERR_FLEET_INVALID_ARGUMENT, ERR_FLEET_CREDENTIALS, ERR_FLEET_ENGINE_UNREACHABLE, ERR_FLEET_ENGINE_REFUSED,
 *   ERR_FLEET_ENGINE_TOO_OLD, ERR_FLEET_NO_JETSTREAM
 */
export async function openNatsEngine(options: NatsEngineOptions): Promise<Engine> {
  const { buckets, replicas = 1, timeoutMs = TIMEOUT_MS } = options;
  const known = checkBuckets(buckets);
  return new NatsEngine(await connectNats(options, timeoutMs), known, replicas, timeoutMs);
}

class NatsEngine implements Engine {
  onChange: ((isUp: boolean) => void) | undefined;
  onRefused: ((error: Error) => void) | undefined;
  readonly #connected: Connected;
  readonly #known: ReadonlyMap<string, Bucket>;
  readonly #buckets: Buckets;
  readonly #pulse: Pulse;
  readonly #requests: Requests;
  readonly #outbox: Outbox;
  readonly #watches = new Set<BucketWatch>();
  readonly #ending = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(connected: Connected, known: ReadonlyMap<string, Bucket>, replicas: number, timeoutMs: number) {
    const { connection, manager } = connected;
    this.#connected = connected;
    this.#known = known;
    this.#buckets = new Buckets(jetstream(connection, { timeout: timeoutMs }), manager, replicas);
    this.#buckets.onForgotten = (name) => this.#restartWatches(name);
    this.#pulse = new Pulse(connection, (isUp) => this.#change(isUp));
    this.#requests = new Requests(this.#pulse, timeoutMs);
    this.#outbox = new Outbox(connection);
    void followRefusals(connection, (error) => tell('refusals', () => this.onRefused?.(error)));
  }

  get isUp(): boolean {
    return this.#pulse.isUp;
  }

  async put(bucket: string, key: string, value: Json | null, expected?: number): Promise<number | undefined> {
    const into = bucketOf(this.#known, bucket);
    checkKey(key);
    const data = value === null ? undefined : encode(`the value of '${key}'`, value);
    return this.#requests.run(`write '${key}' into '${bucket}'`, () =>
      this.#buckets.write(into, key, data, expected),
    );
  }

  async get(bucket: string, key: string): Promise<Entry | undefined> {
    const from = bucketOf(this.#known, bucket);
    checkKey(key);
    return this.#requests.run(`read '${key}' of '${bucket}'`, () => this.#buckets.read(from, key));
  }

  watch(bucket: string, onEntry: (key: string, entry: Entry | Deleted) => void): Watch {
    const on = bucketOf(this.#known, bucket);
    this.#requests.checkOpen(`watch '${bucket}'`);
    const parts = { ...this.#connected, buckets: this.#buckets, isUp: () => this.isUp };
    const watch = new BucketWatch(parts, on, onEntry);
    this.#watches.add(watch);
    return {
      stop: () => {
        this.#watches.delete(watch);
        watch.stop();
      },
    };
  }

  publish(subject: string, message: Json): void {
    checkSubject(subject);
    const data = encode(`a message to '${subject}'`, message);
    this.#requests.checkOpen(`publish to '${subject}'`);
    // What is said while nobody hears it must not be said later.
    if (this.isUp) this.#outbox.publish(subject, data);
  }

  async requestMany(subject: string, message: Json, terms: RequestTerms): Promise<readonly Json[]> {
    checkSubject(subject);
    const data = encode(`a message to '${subject}'`, message);
    const what = `ask '${subject}'`;
    this.#requests.checkUp(what);
    const answers = await collect(this.#connection, subject, data, terms, this.#ending.signal);
    if (answers.length >= (terms.expected ?? Infinity)) return answers;
    // Nobody has answered: that it is so only an engine can say that answers itself.
    if (!this.#ending.signal.aborted) await this.#pulse.check();
    this.#requests.checkUp(what);
    return answers;
  }

  listen(
    subject: string,
    onMessage: (message: Json) => Json | undefined | Promise<Json | undefined>,
  ): Listening {
    checkSubject(subject);
    this.#requests.checkOpen(`listen on '${subject}'`);
    return listenTo(this.#connection, subject, onMessage);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  get #connection(): NatsConnection {
    return this.#connected.connection;
  }

  async #close(): Promise<void> {
    const wasUp = this.isUp;
    this.#requests.close();
    this.#ending.abort();
    for (const watch of this.#watches) watch.stop();
    this.#watches.clear();
    this.#pulse.stop();
    if (wasUp) await flushed(this.#connection);
    await this.#connection.close();
  }

  #change(isUp: boolean): void {
    if (isUp) {
      this.#buckets.forgetAll();
      this.#restartWatches();
    }
    tell('changes of the engine', () => this.onChange?.(isUp));
  }

  #restartWatches(bucket?: string): void {
    for (const watch of this.#watches) {
      if (bucket === undefined || watch.bucket.name === bucket) watch.restart();
    }
  }
}

async function flushed(connection: NatsConnection): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FLUSH_MS);
  });
  await Promise.race([connection.flush().catch(() => undefined), over]);
  clearTimeout(timer);
}
