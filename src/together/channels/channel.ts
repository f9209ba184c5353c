import { checkOptions } from '../check-options.ts';
import { checkName } from '../names.ts';
import { warnOnce } from '../../system/warning.ts';
import { checkInFleet, checkScope } from '../fleet/scope.ts';
import type { Scope } from '../fleet/scope.ts';
import { here } from '../this-process.ts';
import { Channels } from './channels.ts';
import type { Receiver } from './channels.ts';

/** What one who iterates has not taken yet may be so many messages. */
const MAX_BUFFERED = 10_000;

type Handler = ((event: MessageEvent) => unknown) | null;
type HandlerType = 'message' | 'messageerror';

export interface ChannelOptions {
  /** Whom it reaches: the processes of this host's cluster, or those of all hosts of the fleet, once at most. Default: `'host'`. */
  readonly scope?: Scope | undefined;
}

/**
 * A channel of that name: a BroadcastChannel that reaches all processes of the cluster, the primary and each worker. What one says, all others
 * hear who listen at that time, in the order in which it has said it; within a process, other objects of the same channel.
 *
 * @example
 * const changes = channel('changes');
 * changes.onmessage = ({ data }) => cache.delete(data);
 * changes.postMessage('a key');
 * @param name 1 to 255 characters; a channel of the fleet is another than one of the host that is called the same
 * @throws {GrappoloError} ERR_GRAPPOLO_INVALID_NAME, ERR_GRAPPOLO_NO_HUB, ERR_GRAPPOLO_NOT_IN_FLEET
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function channel(name: string, options: ChannelOptions = {}): ClusterChannel {
  return new ClusterChannel(checkName('a channel', name), checkScope(checkOptions(options, ['scope']).scope));
}

/** The shape of the web's BroadcastChannel, as Node has it, with an iterator beside it. `channel()` makes one. */
export class ClusterChannel extends EventTarget implements AsyncIterable<unknown> {
  readonly name: string;
  readonly #channels: Channels;
  readonly #receiver: Receiver;
  readonly #iterators = new Set<Iterator>();
  readonly #handlers = new Map<HandlerType, { handler: Handler }>();
  #dropped = 0;
  #isListening = false;
  #isClosed = false;
  #isReferenced = true;
  #release: (() => void) | undefined;

  constructor(name: string, scope: Scope) {
    super();
    const process = here();
    if (scope === 'fleet') checkInFleet(process, `open the channel '${name}'`);
    this.name = name;
    this.#channels = process.service(Channels);
    this.#receiver = {
      name,
      scope,
      receive: (data) => this.#receive(data),
      fail: (error) => void this.dispatchEvent(new MessageEvent('messageerror', { data: error })),
      miss: (count) => (this.#dropped += count),
    };
  }

  /**
   * How many messages were dropped, the oldest first: that others have said, since more than 16 MiB of them waited for this process to read; and
   * that this one has said, since more than 64 MiB waited for the primary. A message counts for 512 bytes more than it has.
   */
  get dropped(): number {
    return this.#dropped;
  }

  get onmessage(): Handler {
    return this.#handlers.get('message')?.handler ?? null;
  }

  set onmessage(handler: Handler) {
    this.#setHandler('message', handler);
  }

  get onmessageerror(): Handler {
    return this.#handlers.get('messageerror')?.handler ?? null;
  }

  set onmessageerror(handler: Handler) {
    this.#setHandler('messageerror', handler);
  }

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    super.addEventListener(...args);
    this.#listen();
  }

  /** Resolves when what others say from now on is heard here. */
  async ready(): Promise<void> {
    this.#listen();
    await this.#channels.here.reached();
  }

  /**
   * Says something to all others.
   *
   * @param value plain data, maps, sets, dates, buffers, errors and the like; 128 KiB of it at most on a channel of the fleet
   * @throws {GrappoloError} ERR_GRAPPOLO_CANNOT_CLONE (its name is DataCloneError)
   * @throws {DOMException} InvalidStateError after `close()`
   */
  postMessage(value: unknown): void {
    if (this.#isClosed)
      throw new DOMException('Cannot say anything: the channel is closed', 'InvalidStateError');
    this.#channels.say(this.#receiver, value, () => {
      this.#dropped += 1;
      warnOnce('GRAPPOLO_MESSAGES_DROPPED', `on the channel '${this.name}', since the primary reads nothing`);
    });
  }

  /** Nothing is heard or said any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#channels.remove(this.#receiver);
    this.#release?.();
    for (const iterator of this.#iterators) iterator.end();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Keeps this process running while it listens: the default for a worker, until that is to leave. */
  ref(): this {
    this.#isReferenced = true;
    if (this.#isListening && !this.#isClosed) this.#release ??= this.#hold();
    return this;
  }

  unref(): this {
    this.#isReferenced = false;
    this.#release?.();
    return this;
  }

  /** What is said from now on, until it is closed. Whoever is slower than the others misses the oldest. */
  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    const iterator = new Iterator({
      onDropped: () => (this.#dropped += 1),
      onReturn: () => this.#iterators.delete(iterator),
    });
    if (this.#isClosed) iterator.end();
    else {
      this.#iterators.add(iterator);
      this.#listen();
    }
    return iterator;
  }

  #receive(data: unknown): void {
    if (this.#isClosed) return;
    for (const iterator of this.#iterators) iterator.push(data);
    this.dispatchEvent(new MessageEvent('message', { data }));
  }

  /** The first handler takes a place among the listeners, which those after it keep. */
  #setHandler(type: HandlerType, given: Handler): void {
    const handler = typeof given === 'function' ? given : null;
    const known = this.#handlers.get(type);
    if (known) {
      known.handler = handler;
    } else if (handler) {
      const place = { handler };
      this.#handlers.set(type, place);
      this.addEventListener(type, (event) => place.handler?.call(this, event as MessageEvent));
    }
  }

  #listen(): void {
    if (this.#isListening || this.#isClosed) return;
    this.#isListening = true;
    this.#channels.add(this.#receiver);
    if (this.#isReferenced) this.#release = this.#hold();
  }

  #hold(): () => void {
    const letGo = this.#channels.here.holdWhileStaying();
    return () => {
      this.#release = undefined;
      letGo();
    };
  }
}

interface IteratorEvents {
  readonly onDropped: () => void;
  readonly onReturn: () => void;
}

/** What is heard, for one who takes it one by one. */
class Iterator implements AsyncIterator<unknown, undefined> {
  readonly #events: IteratorEvents;
  readonly #values: unknown[] = [];
  readonly #waiting: ((result: IteratorResult<unknown, undefined>) => void)[] = [];
  #hasEnded = false;

  constructor(events: IteratorEvents) {
    this.#events = events;
  }

  push(value: unknown): void {
    const waiting = this.#waiting.shift();
    if (waiting) {
      waiting({ value, done: false });
      return;
    }
    this.#values.push(value);
    if (this.#values.length <= MAX_BUFFERED) return;
    this.#values.shift();
    this.#events.onDropped();
  }

  /** What has come is still given. */
  end(): void {
    this.#hasEnded = true;
    for (const waiting of this.#waiting.splice(0)) waiting({ value: undefined, done: true });
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#values.length > 0) return { value: this.#values.shift(), done: false };
    if (this.#hasEnded) return { value: undefined, done: true };
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.#values.length = 0;
    this.end();
    this.#events.onReturn();
    return { value: undefined, done: true };
  }
}
