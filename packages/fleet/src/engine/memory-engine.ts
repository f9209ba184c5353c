import { FleetError } from '../errors.ts';
import type { Deleted, Engine, Entry, Json, Listening, RequestTerms, Watch } from './engine.ts';
import { tell, tellAsync } from './listeners.ts';
import type { MemoryStore } from './memory-store.ts';
import { checkKey, checkSubject } from './names.ts';
import { encode } from './wire.ts';

type OnEntry = (key: string, entry: Entry | Deleted) => void;
type OnMessage = Parameters<Engine['listen']>[1];

interface Peers {
  readonly onClose: () => void;
  /** All engines of the store, this one included. */
  readonly others: () => Iterable<MemoryEngine>;
}

/** An engine in this process, for tests and simulations. What it is told arrives in a later microtask, in order. */
export class MemoryEngine implements Engine {
  onChange: ((isUp: boolean) => void) | undefined;
  onRefused: ((error: Error) => void) | undefined;
  readonly #store: MemoryStore;
  readonly #peers: Peers;
  readonly #watchers = new Set<{ readonly bucket: string; readonly onEntry: OnEntry }>();
  readonly #listeners = new Set<{ readonly subject: string; readonly onMessage: OnMessage }>();
  readonly #closing = new Set<() => void>();
  #isReachable = true;
  #isClosed = false;

  /** Only for `MemoryStore.connect()`. */
  constructor(store: MemoryStore, peers: Peers) {
    this.#store = store;
    this.#peers = peers;
  }

  get isUp(): boolean {
    return this.#isReachable && !this.#isClosed;
  }

  /** Cuts this engine off from the store, or lets it back. */
  setReachable(isReachable: boolean): void {
    if (this.#isReachable === isReachable || this.#isClosed) return;
    this.#isReachable = isReachable;
    for (const watcher of isReachable ? this.#watchers : []) this.#tellAll(watcher);
    tell('changes of the engine', () => this.onChange?.(isReachable));
  }

  async put(bucket: string, key: string, value: Json | null, expected?: number): Promise<number | undefined> {
    checkKey(key);
    encode(`the value of '${key}'`, value);
    this.#checkUp(`write '${key}'`);
    return this.#store.write(bucket, key, structuredClone(value), expected);
  }

  async get(bucket: string, key: string): Promise<Entry | undefined> {
    checkKey(key);
    this.#checkUp(`read '${key}'`);
    return structuredClone(this.#store.read(bucket, key));
  }

  watch(bucket: string, onEntry: OnEntry): Watch {
    this.#checkOpen(`watch '${bucket}'`);
    const watcher = { bucket, onEntry };
    this.#watchers.add(watcher);
    this.#tellAll(watcher);
    return { stop: () => void this.#watchers.delete(watcher) };
  }

  publish(subject: string, message: Json): void {
    checkSubject(subject);
    encode(`a message to '${subject}'`, message);
    this.#checkOpen(`publish to '${subject}'`);
    this.#send(subject, message, () => undefined);
  }

  async requestMany(subject: string, message: Json, terms: RequestTerms): Promise<readonly Json[]> {
    checkSubject(subject);
    encode(`a message to '${subject}'`, message);
    this.#checkUp(`ask '${subject}'`);
    const { timeoutMs, expected = Infinity } = terms;
    const answers: Json[] = [];
    await new Promise<void>((resolve) => {
      const end = (): void => {
        cancel();
        this.#closing.delete(end);
        resolve();
      };
      const cancel = this.#store.clock.after(timeoutMs, end);
      this.#closing.add(end);
      const asked = this.#send(subject, message, (answer) => {
        if (this.#isReachable && answers.length < expected) answers.push(structuredClone(answer));
        if (answers.length >= expected) end();
      });
      if (asked === 0) end();
    });
    if (answers.length < expected) this.#checkUp(`ask '${subject}'`);
    return answers;
  }

  listen(subject: string, onMessage: OnMessage): Listening {
    checkSubject(subject);
    this.#checkOpen(`listen on '${subject}'`);
    const listener = { subject, onMessage };
    this.#listeners.add(listener);
    return { stop: () => void this.#listeners.delete(listener) };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    const wasUp = this.isUp;
    this.#isClosed = true;
    this.#watchers.clear();
    this.#listeners.clear();
    this.#peers.onClose();
    for (const end of this.#closing) end();
    if (wasUp) tell('changes of the engine', () => this.onChange?.(false));
  }

  /** What the store says of a write. */
  hear(bucket: string, key: string, entry: Entry | Deleted): void {
    for (const watcher of this.isUp ? this.#watchers : []) {
      if (watcher.bucket === bucket) this.#tell(watcher, key, entry);
    }
  }

  #tellAll(watcher: { readonly bucket: string; readonly onEntry: OnEntry }): void {
    if (!this.isUp) return;
    for (const [key, entry] of this.#store.entries(watcher.bucket)) this.#tell(watcher, key, entry);
  }

  #tell(
    watcher: { readonly bucket: string; readonly onEntry: OnEntry },
    key: string,
    entry: Entry | Deleted,
  ): void {
    queueMicrotask(() => {
      if (!this.#watchers.has(watcher)) return;
      tell(`entries of '${watcher.bucket}'`, () => watcher.onEntry(key, structuredClone(entry)));
    });
  }

  /** To how many it goes. */
  #send(subject: string, message: Json, onAnswer: (answer: Json) => void): number {
    if (!this.isUp) return 0;
    const engines = [...this.#peers.others()].filter((engine) => engine.isUp);
    return engines.reduce((sum, engine) => sum + engine.#receive(subject, message, onAnswer), 0);
  }

  #receive(subject: string, message: Json, onAnswer: (answer: Json) => void): number {
    const listeners = [...this.#listeners].filter((listener) => listener.subject === subject);
    for (const listener of listeners) {
      queueMicrotask(() => {
        if (!this.#listeners.has(listener)) return;
        void tellAsync(`'${subject}'`, async () => {
          const answer = await listener.onMessage(structuredClone(message));
          if (answer !== undefined && this.isUp) onAnswer(answer);
        });
      });
    }
    return listeners.length;
  }

  #checkUp(what: string): void {
    this.#checkOpen(what);
    if (!this.#isReachable) {
      throw new FleetError(
        'ERR_FLEET_ENGINE_LOST',
        `Cannot ${what}: the engine cannot be reached. Try again`,
      );
    }
  }

  #checkOpen(what: string): void {
    if (this.#isClosed)
      throw new FleetError('ERR_FLEET_ENGINE_CLOSED', `Cannot ${what}: the engine was closed`);
  }
}
