import { GrappoloError } from '../core/errors.ts';
import { own } from '../own.ts';
import { BriefMap } from './brief-map.ts';
import type { Body } from './frames.ts';
import { Deadlines } from './deadlines.ts';
import type { Expiring } from './deadlines.ts';
import { HeaderStart } from './header.ts';
import type { OutHeader } from './header.ts';
import { IncomingReader } from './incoming.ts';
import type { Incoming } from './incoming.ts';
import { Outbox } from './outbox.ts';
import type { SendOptions } from './outbox.ts';
import type { Way } from './way.ts';

export interface HereOptions {
  /** A worker's; 0 in the primary. */
  readonly id: number;
  /** `undefined` in the primary. */
  readonly slot: number | undefined;
  /** Whether this host is in a fleet, or about to be. Default: it is not. */
  readonly hasFleet?: () => boolean;
  /** Opens the way to the hub; calls back, maybe later. */
  readonly open: (onOpen: (way: Way) => void) => void;
}

/** What the primary has not read of this process's messages that may be dropped. */
const MAX_DROPPABLE_BYTES = 64 * 2 ** 20;

/** This process as it works together with others. What is sent before there is a way to the hub leaves as soon as there is one. */
export class Here {
  readonly id: number;
  readonly slot: number | undefined;
  readonly #hasFleet: () => boolean;
  readonly #outbox = new Outbox({ maxDroppableBytes: MAX_DROPPABLE_BYTES });
  readonly #receivers = new Map<string, (incoming: Incoming) => void>();
  readonly #asked = new BriefMap<(answer: Incoming | undefined) => void>();
  readonly #onLost = new Set<() => void>();
  readonly #services = new Map<unknown, unknown>();
  readonly #finishers: (() => Promise<unknown>)[] = [];
  /** Of all that waits for an answer. */
  readonly deadlines: Deadlines<Expiring> = new Deadlines<Expiring>((waiting) => waiting.expire());
  #way: Way | undefined;
  /** What keeps this process running: what is under way; and what is there for others, as long as it is not to leave. */
  #underway = 0;
  #present = 0;
  #isLeaving = false;
  #isReferenced: boolean | undefined;
  #lastAsked = 0;
  #isLost = false;

  constructor({ id, slot, hasFleet = () => false, open }: HereOptions) {
    this.id = id;
    this.slot = slot;
    this.#hasFleet = hasFleet;
    open((way) => this.#opened(way));
  }

  get hasFleet(): boolean {
    return this.#hasFleet();
  }

  /** The hub is gone, and with it the primary: nothing goes to others any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** What this process has sent and the system has not taken yet, in bytes. */
  get waitingBytes(): number {
    return this.#outbox.waitingBytes;
  }

  /** The one of its class in this process. */
  service<T>(Kind: new (here: Here) => T): T {
    const known = this.#services.get(Kind) as T | undefined;
    if (known) return known;
    const made = new Kind(this);
    this.#services.set(Kind, made);
    return made;
  }

  send(header: OutHeader, body?: Body, options?: SendOptions): void {
    if (!this.#isLost) this.#outbox.send(header, body, options);
  }

  /** Calls with what comes for a service and answers nothing. */
  receive(service: string, receiver: (incoming: Incoming) => void): void {
    this.#receivers.set(service, receiver);
  }

  /**
   * Sends something with a number, `n`, and calls with each answer that carries it as `ack`, until it is forgotten; with `undefined`, later,
   * where the hub is lost.
   */
  ask(
    header: OutHeader | HeaderStart,
    body: Body | undefined,
    onAnswer: (answer: Incoming | undefined) => void,
    options?: SendOptions,
  ): number {
    this.#lastAsked += 1;
    const n = this.#lastAsked;
    this.#asked.set(n, onAnswer);
    if (this.#isLost) own.nextTick(() => this.#tellLost(n));
    this.#outbox.send(header instanceof HeaderStart ? header.with(n) : { ...header, n }, body, options);
    return n;
  }

  forget(n: number): void {
    this.#asked.delete(n);
  }

  /** Resolves when the hub has all that was sent before. Where it is lost, it never will: resolves, too. */
  async reached(type: 'ping' | 'leaving' = 'ping'): Promise<void> {
    return new Promise((resolve) => {
      const onAnswer = (): void => {
        this.forget(n);
        resolve();
      };
      // That it leaves is told at once, so that it gets nothing new.
      const n = this.ask({ s: 'hub', t: type }, undefined, onAnswer, { isAfterAll: type === 'ping' });
    });
  }

  /** Keeps this process running until the function that it gives is called. */
  hold(): () => void {
    this.begin();
    return once(() => this.end());
  }

  /** The same for what is short and many: keeps this process running until `end()` is called, once for each. */
  begin(): void {
    this.#underway += 1;
    this.#setReference();
  }

  end(): void {
    this.#underway -= 1;
    this.#setReference();
  }

  /** The same, but only until it is to leave; and a primary not at all: that lives as long as its workers. */
  holdWhileStaying(): () => void {
    if (this.slot === undefined) return () => {};
    this.#present += 1;
    this.#setReference();
    return once(() => {
      this.#present -= 1;
      this.#setReference();
    });
  }

  /** Calls back when the hub is lost; later, where it is already. */
  onceLost(callback: () => void): void {
    if (this.#isLost) own.nextTick(callback);
    else this.#onLost.add(callback);
  }

  /** What is to be finished before this process leaves. */
  beforeLeaving(finish: () => Promise<unknown>): void {
    this.#finishers.push(finish);
  }

  /** Takes on nothing new, and resolves when what there was is finished, and the hub knows. */
  async leave(): Promise<void> {
    await this.reached('leaving');
    await Promise.allSettled(this.#finishers.map(async (finish) => finish()));
    await this.reached();
    this.stayNoLonger();
  }

  /** It ends when nothing is under way. */
  stayNoLonger(): void {
    this.#isLeaving = true;
    this.#setReference();
  }

  #opened(way: Way): void {
    this.#way = way;
    const reader = new IncomingReader(
      (incoming) => this.#take(incoming),
      () => way.close(),
    );
    way.onFrame = (frame) => reader.take(frame);
    way.onEnd = () => {
      reader.end();
      this.#lose();
    };
    this.#isReferenced = undefined;
    this.#setReference();
    this.#outbox.open(way);
  }

  /** Each call holds this process: what is so already is not said again. */
  #setReference(): void {
    const isReferenced = this.#underway > 0 || (this.#present > 0 && !this.#isLeaving);
    if (isReferenced === this.#isReferenced) return;
    this.#isReferenced = isReferenced;
    if (isReferenced) this.#way?.ref();
    else this.#way?.unref();
  }

  #take(incoming: Incoming): void {
    const ack = incoming.header.get('ack');
    if (typeof ack === 'number') this.#asked.get(ack)?.(incoming);
    else this.#receivers.get(String(incoming.header.get('s')))?.(incoming);
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#outbox.close();
    this.#way = undefined;
    // Who asks while it is told is told later.
    const asked = [...this.#asked.keys()];
    for (const n of asked) this.#tellLost(n);
    for (const callback of this.#onLost) callback();
    this.#onLost.clear();
  }

  #tellLost(n: number): void {
    const onAnswer = this.#asked.get(n);
    this.#asked.delete(n);
    onAnswer?.(undefined);
  }
}

function once(deed: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) deed();
    isDone = true;
  };
}

export function hubLost(what: string): GrappoloError {
  return new GrappoloError(
    'ERR_GRAPPOLO_HUB_LOST',
    `Cannot ${what}: the primary, through which all goes, has ended or closed the way to it`,
  );
}
