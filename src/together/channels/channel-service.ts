import { own } from '../../own.ts';
import type { HubMember, HubService } from '../hub.ts';
import type { Incoming } from '../incoming.ts';
import type { Outbox, SendOptions } from '../outbox.ts';

export const CHANNELS = 'channel';

/** How soon a receiver is told what it has missed, once it reads again. */
const TELL_MS = 100;

/** Whoever listens on a channel. */
interface Subscription {
  readonly member: HubMember;
  readonly channel: string;
  /** How many messages it has missed, since it did not read. */
  missed: number;
  told: number;
}

/** Sends on what is said on a channel, to all who listen but the sender. */
export class ChannelService implements HubService {
  readonly name: string = CHANNELS;
  /** By channel, and by what goes to the member. */
  readonly #channels = new Map<string, Map<Outbox, Subscription>>();
  readonly #untold = new Set<Subscription>();
  #timer: NodeJS.Timeout | undefined;

  receive(from: HubMember, incoming: Incoming): void {
    const channel = incoming.header.get('name');
    if (typeof channel !== 'string') return;
    switch (incoming.header.get('t')) {
      case 'listen': {
        const listeners = this.#channels.get(channel) ?? new Map<Outbox, Subscription>();
        this.#channels.set(channel, listeners);
        listeners.set(from.outbox, { member: from, channel, missed: 0, told: 0 });
        return;
      }
      case 'leave':
        this.#leave(channel, from);
        return;
      case 'say':
        this.#say(channel, from, incoming);
        return;
      default:
    }
  }

  ended(member: HubMember): void {
    for (const channel of this.#channels.keys()) this.#leave(channel, member);
  }

  #leave(channel: string, { outbox }: HubMember): void {
    const listeners = this.#channels.get(channel);
    const subscription = listeners?.get(outbox);
    if (subscription) this.#untold.delete(subscription);
    listeners?.delete(outbox);
    if (listeners?.size === 0) this.#channels.delete(channel);
  }

  #say(channel: string, from: HubMember, incoming: Incoming): void {
    const listeners = this.#channels.get(channel);
    if (!listeners) return;
    const outboxes = [...listeners.keys()].filter((outbox) => outbox !== from.outbox);
    // Those of one sender stay in order.
    const key = `channel:${from.id}:${channel}`;
    const optionsOf = (outbox: Outbox): SendOptions => ({
      key,
      onDropped: () => this.#missed(listeners.get(outbox)),
    });
    incoming.forward(outboxes, { s: CHANNELS, t: 'said', name: channel }, optionsOf);
  }

  #missed(subscription: Subscription | undefined): void {
    if (!subscription) return;
    subscription.missed += 1;
    this.#untold.add(subscription);
    this.#timer ??= own.setInterval(() => this.#tell(), TELL_MS).unref();
  }

  /** Once it has read all that waits: until then it may miss more. */
  #tell(): void {
    for (const subscription of this.#untold) {
      const { member, channel, missed } = subscription;
      if (member.outbox.waitingBytes > 0) continue;
      this.#untold.delete(subscription);
      member.send({ s: CHANNELS, t: 'missed', name: channel, count: missed - subscription.told });
      subscription.told = missed;
    }
    if (this.#untold.size > 0) return;
    own.clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
