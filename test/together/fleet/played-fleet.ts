import { OfferedFleet } from '../../../src/api/fleet-link.ts';
import type { FleetLink, FleetMessage, HeldLease, LeaseWish } from '../../../src/api/fleet-link.ts';
import { ChannelService } from '../../../src/together/channels/channel-service.ts';
import { Channels } from '../../../src/together/channels/channels.ts';
import type { Receiver } from '../../../src/together/channels/channels.ts';
import { FleetSide } from '../../../src/together/fleet/fleet-side.ts';
import type { Scope } from '../../../src/together/fleet/scope.ts';
import { Here } from '../../../src/together/here.ts';
import { Hub, HubMember } from '../../../src/together/hub.ts';
import { OnceService } from '../../../src/together/once/once-service.ts';
import { memoryWays } from '../../../src/together/way.ts';

/** What hosts have of a fleet that the test plays: what is published is heard at once, and leases are held when the test says so. */
export class PlayedLink implements FleetLink {
  readonly published: FleetMessage[] = [];
  /** Those that are not released, by name. */
  readonly wishes = new Map<string, LeaseWish>();
  /** How leases were given up, in order. */
  readonly ends: ('release' | 'abandon')[] = [];
  /** Called as soon as a lease is tried for. */
  onWish: ((wish: LeaseWish) => void) | undefined;
  readonly #listeners: Map<(message: unknown) => void, string>;

  /** `other`: a host of the same fleet. */
  constructor(other?: PlayedLink) {
    this.#listeners = other ? other.#listeners : new Map();
  }

  publish(subject: string, message: FleetMessage): void {
    this.published.push(message);
    for (const [listener, at] of this.#listeners) if (at === subject) listener(structuredClone(message));
  }

  get subjects(): readonly string[] {
    return [...this.#listeners.values()];
  }

  listen(subject: string, onMessage: (message: unknown) => void): { stop(): void } {
    const listener = (message: unknown): void => onMessage(message);
    this.#listeners.set(listener, subject);
    return { stop: () => void this.#listeners.delete(listener) };
  }

  holdLease(wish: LeaseWish): HeldLease {
    this.wishes.set(wish.name, wish);
    this.onWish?.(wish);
    const end = (how: 'release' | 'abandon'): void => {
      this.ends.push(how);
      if (this.wishes.get(wish.name) === wish) this.wishes.delete(wish.name);
    };
    return { release: () => end('release'), abandon: () => end('abandon') };
  }
}

/** A host: a hub, and processes of it. */
export class PlayedHost {
  readonly hub: Hub;
  #lastId = 0;

  constructor(link: PlayedLink | Promise<PlayedLink | undefined>) {
    const side = new FleetSide(new OfferedFleet(link));
    this.hub = new Hub(() => [new ChannelService(() => side), new OnceService(() => side)]);
  }

  /** Another process, and what the hub has of it. */
  process(): { readonly here: Here; readonly end: () => void } {
    this.#lastId += 1;
    const id = this.#lastId;
    const member = new HubMember({ id, slot: id, isLeaving: false, forkedAtMs: 0, connections: 0 });
    this.hub.members.set(id, member);
    const [there, way] = memoryWays();
    this.hub.join(member, there);
    const here = new Here({ id, slot: id, hasFleet: () => true, open: (onOpen) => onOpen(way) });
    return { here, end: () => there.close() };
  }
}

/** What one who listens in a process hears, and says. */
export class PlayedReceiver implements Receiver {
  readonly heard: unknown[] = [];
  readonly name: string;
  readonly scope: Scope;
  readonly #channels: Channels;

  constructor(here: Here, name: string, scope: Scope) {
    this.name = name;
    this.scope = scope;
    this.#channels = here.service(Channels);
    this.#channels.add(this);
  }

  say(value: unknown): void {
    this.#channels.say(this, value, () => {});
  }

  leave(): void {
    this.#channels.remove(this);
  }

  receive(value: unknown): void {
    this.heard.push(value);
  }

  fail(error: unknown): void {
    this.heard.push(error);
  }

  miss(count: number): void {
    this.heard.push(`missed ${count}`);
  }
}
