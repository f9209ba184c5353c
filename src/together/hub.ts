import type { PrimaryDoor, TogetherWorker } from '../api/together.ts';
import { own } from '../own.ts';
import type { Body } from './frames.ts';
import type { OutHeader } from './header.ts';
import { IncomingReader } from './incoming.ts';
import type { Incoming } from './incoming.ts';
import { Outbox } from './outbox.ts';
import type { SendOptions } from './outbox.ts';
import type { Way } from './way.ts';

/** The id of the primary among members; workers have theirs, from 1 on. */
export const PRIMARY_ID = 0;

/** A process that works together with others, as the hub keeps it: the primary, or a worker, from its fork to its end. */
export class HubMember {
  readonly id: number;
  /** `undefined` for the primary. */
  readonly slot: number | undefined;
  readonly outbox: Outbox = new Outbox();
  readonly worker: TogetherWorker | undefined;
  hasJoined = false;
  hasEnded = false;
  /** Services know that it leaves: it may have said so itself. */
  isKnownToLeave = false;

  constructor(worker: TogetherWorker | undefined) {
    this.worker = worker;
    this.id = worker?.id ?? PRIMARY_ID;
    this.slot = worker?.slot;
  }

  /** It gets nothing new. */
  get isLeaving(): boolean {
    return this.hasEnded || this.isKnownToLeave || (this.worker?.isLeaving ?? false);
  }

  send(header: OutHeader, body?: Body, options?: SendOptions): void {
    this.outbox.send(header, body, options);
  }
}

export interface HubWay extends Way {
  /** Takes what has arrived, of a worker that has ended: all that it has written. Where there is none, the way has done so by then. */
  readRest?(): void;
  /** Of a way within this process: brings at once what is written over it meanwhile, when `deed` is done. */
  corked?(deed: () => void): void;
}

/** What the hub does for one part of working together. Every method is called with members that have not ended. */
export interface HubService {
  /** As `s` of a header has it. */
  readonly name: string;
  receive(from: HubMember, incoming: Incoming): void;
  /** Called once. It gets nothing new from now on, and finishes what it has. */
  leaving?(member: HubMember): void;
  /** It has ended, and is no member any more. */
  ended?(member: HubMember): void;
}

/** The members, of which each may be sent something, and what services do with what they send. */
export class Hub {
  /** By id; the primary is the first. */
  readonly members = new Map<number, HubMember>();
  readonly #services = new Map<string, HubService>();
  readonly #ways = new Map<HubMember, HubWay>();
  /** Calls a deed, and brings at once what that has sent to the primary, and what the primary has sent on that. */
  #corked = (deed: () => void): void => deed();

  constructor(servicesOf: (hub: Hub) => readonly HubService[]) {
    this.members.set(PRIMARY_ID, new HubMember(undefined));
    for (const service of servicesOf(this)) this.#services.set(service.name, service);
  }

  get workers(): HubMember[] {
    return [...this.members.values()].filter(({ id }) => id !== PRIMARY_ID);
  }

  /** Hears of workers; `open` makes a way to one that joins. */
  attach(door: PrimaryDoor, open: (worker: TogetherWorker) => HubWay): void {
    for (const worker of door.workers()) this.#add(worker);
    door.events = {
      onForked: (worker) => this.#add(worker),
      onJoin: (worker) => {
        const member = this.members.get(worker.id);
        if (member && !member.hasJoined) this.join(member, open(worker));
      },
      onLeaving: (worker) => {
        const member = this.members.get(worker.id);
        if (member) this.#leave(member);
      },
      onEnded: (worker) => {
        const member = this.members.get(worker.id);
        if (!member) return;
        // It is sent nothing more: that would close the way before it is read.
        member.outbox.close();
        this.#ways.get(member)?.readRest?.();
        this.#end(member);
      },
    };
  }

  /** Exchanges messages with a member from now on. */
  join(member: HubMember, way: HubWay): void {
    member.hasJoined = true;
    this.#ways.set(member, way);
    if (member.id === PRIMARY_ID && way.corked) this.#corked = (deed) => way.corked?.(deed);
    // What is no message of ours comes from nobody that could be served.
    const reader = new IncomingReader(
      (incoming) => this.#receive(member, incoming),
      () => way.close(),
    );
    way.onFrame = (frame) => this.#corked(() => reader.take(frame));
    way.onEnd = () => {
      reader.end();
      this.#end(member);
    };
    member.outbox.open(way);
  }

  #add(worker: TogetherWorker): void {
    this.members.set(worker.id, new HubMember(worker));
  }

  #receive(from: HubMember, incoming: Incoming): void {
    if (from.hasEnded) return;
    const { header } = incoming;
    const name = header.get('s');
    if (name !== 'hub') {
      this.#services.get(String(name))?.receive(from, incoming);
      return;
    }
    const ack = header.get('n');
    const isLeaving = header.get('t') === 'leaving';
    if (isLeaving) this.#leave(from);
    // All that it had sent is here; and where it leaves, it has all that it is to finish when it reads this.
    if (typeof ack === 'number') from.send({ s: 'hub', ack }, undefined, { isAfterAll: isLeaving });
  }

  #leave(member: HubMember): void {
    if (member.isKnownToLeave) return;
    member.isKnownToLeave = true;
    for (const service of this.#services.values()) service.leaving?.(member);
  }

  #end(member: HubMember): void {
    if (member.hasEnded) return;
    member.hasEnded = true;
    this.members.delete(member.id);
    member.outbox.close();
    const way = this.#ways.get(member);
    this.#ways.delete(member);
    for (const service of this.#services.values()) service.ended?.(member);
    own.setImmediate(() => way?.close());
  }
}
