// The engine, with the five verbs' semantics, and what may become of it: it is paused, or restarts and has forgotten everything.

/** What the engine needs for one message; what a watch tells of many hosts takes so long for each. */
const MESSAGE_MS = 0.01;

export class SimulatedEngine {
  life = 1;
  isDown = false;
  pausedUntilMs = 0;
  /** Messages in and out, and the writes among them. */
  counts = { messages: 0, writes: 0 };
  /** Keys of the lasting bucket that a restart leaves, for a planted fault. */
  kept = [];
  #events;
  #network;
  #ttls;
  #rate;
  #buckets = new Map();
  #watches = new Set();
  #listeners = new Map();

  constructor({ events, network, ttls, rate }) {
    this.#events = events;
    this.#network = network;
    this.#ttls = ttls;
    this.#rate = rate;
  }

  /** A call of a process; `answer` is called there when and if the answer comes. */
  call(process, effect, answer) {
    this.#network.toEngine(process, () =>
      this.#whenAwake(() => {
        this.counts.messages += 1;
        const { life } = this;
        const reply = (event) => {
          this.counts.messages += 1;
          this.#network.fromEngine(process, () => answer({ ...event, call: effect.call, life }));
        };
        if (effect.type === 'put') reply(this.#put(effect));
        else if (effect.type === 'get') reply({ type: 'got', entry: this.#get(effect) });
        else this.#request(effect, reply);
      }),
    );
  }

  /** Tells a process what the bucket has, all at once, and then each write, in their order. */
  watch(process, bucket, tell) {
    const watch = { process, bucket, tell, lastMs: 0 };
    this.#network.toEngine(process, () =>
      this.#whenAwake(() => {
        this.#watches.add(watch);
        const entries = [...this.#bucket(bucket).entries].flatMap(([key]) => {
          const entry = this.#get({ bucket, key });
          return entry ? [{ bucket, key, value: entry.value }] : [];
        });
        this.#tell(watch, entries);
      }),
    );
    return { stop: () => this.#watches.delete(watch) };
  }

  listen(process, subject, onMessage) {
    this.#listeners.set(subject, { process, onMessage });
  }

  /** Forgets everything, and is there again after a while. */
  restart(downMs) {
    const kept = [...this.#bucket('lasting').entries].filter(([key]) =>
      this.kept.some((start) => key.startsWith(start)),
    );
    this.life += 1;
    this.isDown = true;
    this.#buckets.clear();
    this.#watches.clear();
    for (const [key, { value }] of kept) this.#put({ bucket: 'lasting', key, value });
    this.#events.after(downMs, () => {
      this.isDown = false;
    });
  }

  #whenAwake(run) {
    const { nowMs } = this.#events;
    const { life } = this;
    const go = () => {
      // What had arrived is gone with the process.
      if (!this.isDown && life === this.life) run();
    };
    if (nowMs >= this.pausedUntilMs) go();
    else this.#events.at(this.pausedUntilMs, go);
  }

  #put({ bucket, key, value, expected }) {
    const kept = this.#bucket(bucket);
    this.counts.writes += 1;
    const revision = this.#get({ bucket, key })?.revision ?? 0;
    if (expected !== undefined && expected !== revision) return { type: 'refused' };
    kept.revision += 1;
    kept.entries.set(key, { value, revision: kept.revision, takenMs: this.#events.nowMs * this.#rate });
    for (const watch of this.#watches) {
      if (watch.bucket === bucket) this.#tell(watch, [{ bucket, key, value: value ?? undefined }]);
    }
    return { type: 'written', revision: kept.revision };
  }

  #get({ bucket, key }) {
    const entry = this.#bucket(bucket).entries.get(key);
    const ttlMs = this.#ttls[bucket] ?? Infinity;
    const isThere = entry && entry.value !== null && this.#events.nowMs * this.#rate - entry.takenMs < ttlMs;
    return isThere ? { value: entry.value, revision: entry.revision } : undefined;
  }

  #request({ subject, message }, reply) {
    const listener = this.#listeners.get(subject);
    if (!listener) return;
    this.counts.messages += 1;
    this.#network.deliver(listener.process, message, () =>
      listener.onMessage(message, (answer) => {
        this.#network.toEngine(listener.process, () =>
          this.#whenAwake(() => {
            this.counts.messages += 1;
            reply({ type: 'answered', message: answer });
          }),
        );
      }),
    );
  }

  #tell(watch, entries) {
    this.counts.messages += entries.length;
    const { nowMs } = this.#events;
    const delayMs = this.#network.delayMs() + entries.length * MESSAGE_MS;
    watch.lastMs = Math.max(watch.lastMs, nowMs + delayMs);
    const { life } = this;
    this.#events.at(watch.lastMs, () => {
      if (life === this.life && watch.process.isAlive && !watch.process.isCut) watch.tell(entries);
    });
  }

  #bucket(name) {
    let bucket = this.#buckets.get(name);
    if (!bucket) this.#buckets.set(name, (bucket = { revision: 0, entries: new Map() }));
    return bucket;
  }
}
