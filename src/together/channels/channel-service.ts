import type { FleetListening } from '../../api/fleet-link.ts';
import { own } from '../../own.ts';
import { readTold, writeTold } from '../fleet/fleet-message.ts';
import { tokenOf } from '../fleet/fleet-side.ts';
import type { FleetSide } from '../fleet/fleet-side.ts';
import type { OutHeader } from '../header.ts';
import type { HubMember, HubService } from '../hub.ts';
import type { Incoming } from '../incoming.ts';
import type { Outbox, SendOptions } from '../outbox.ts';

export const CHANNELS = 'channel';

/** How soon a receiver is told what it has missed, once it reads again. */
const TELL_MS = 100;

/** A channel to which somebody listens. */
interface Channel {
  /** The headers of what listeners are sent. */
  readonly said: OutHeader;
  readonly missed: OutHeader;
  /** By what goes to the member. */
  readonly listeners: Map<Outbox, Subscription>;
  /** To other hosts, where the channel is the fleet's. */
  readonly elsewhere: FleetListening | undefined;
}

/** Whoever listens on a channel. */
interface Subscription {
  readonly member: HubMember;
  readonly channel: Channel;
  /** How many messages it has missed, since it did not read. */
  missed: number;
  told: number;
}

/** Sends on what is said on a channel, to all who listen but the sender: of this host, or of all hosts of the fleet. */
export class ChannelService implements HubService {
  readonly name: string = CHANNELS;
  readonly #fleet: () => FleetSide | undefined;
  /** By scope and name. */
  readonly #channels = new Map<string, Channel>();
  readonly #untold = new Set<Subscription>();
  #timer: NodeJS.Timeout | undefined;

  constructor(fleet: () => FleetSide | undefined) {
    this.#fleet = fleet;
  }

  receive(from: HubMember, incoming: Incoming): void {
    const { header } = incoming;
    const name = header.get('name');
    if (typeof name !== 'string') return;
    const isFleets = header.get('scope') === 'fleet';
    const key = `${isFleets ? 'fleet' : 'host'} ${name}`;
    switch (header.get('t')) {
      case 'listen': {
        const channel = this.#channels.get(key) ?? this.#open(key, name, isFleets);
        channel.listeners.set(from.outbox, { member: from, channel, missed: 0, told: 0 });
        return;
      }
      case 'leave':
        this.#leave(key, from);
        return;
      case 'say':
        if (isFleets) this.#sayInFleet(key, name, from, incoming);
        else this.#say(key, from, incoming);
        return;
      default:
    }
  }

  ended(member: HubMember): void {
    for (const key of this.#channels.keys()) this.#leave(key, member);
  }

  #open(key: string, name: string, isFleets: boolean): Channel {
    const about = { s: CHANNELS, name, ...(isFleets && { scope: 'fleet' }) };
    const channel: Channel = {
      said: { ...about, t: 'said' },
      missed: { ...about, t: 'missed' },
      listeners: new Map(),
      elsewhere: isFleets ? this.#listenElsewhere(key, name) : undefined,
    };
    this.#channels.set(key, channel);
    return channel;
  }

  #listenElsewhere(key: string, name: string): FleetListening | undefined {
    const fleet = this.#fleet();
    return fleet?.listen(subjectOf(name), (message) => {
      const told = readTold(message);
      const channel = this.#channels.get(key);
      if (!told || !channel || told.from === fleet.me) return;
      for (const [outbox, subscription] of channel.listeners)
        outbox.send(channel.said, told.body, {
          key: `channel:elsewhere:${key}`,
          onDropped: () => this.#missed(subscription),
        });
    });
  }

  #leave(key: string, { outbox }: HubMember): void {
    const channel = this.#channels.get(key);
    const subscription = channel?.listeners.get(outbox);
    if (!channel || !subscription) return;
    this.#untold.delete(subscription);
    channel.listeners.delete(outbox);
    if (channel.listeners.size > 0) return;
    channel.elsewhere?.stop();
    this.#channels.delete(key);
  }

  #say(key: string, from: HubMember, incoming: Incoming): void {
    const channel = this.#channels.get(key);
    if (!channel) return;
    incoming.forward(...this.#toOthers(channel, key, from));
  }

  /** To other hosts it goes as a whole. */
  #sayInFleet(key: string, name: string, from: HubMember, incoming: Incoming): void {
    incoming.whole((body) => {
      const channel = this.#channels.get(key);
      if (channel) {
        const [outboxes, header, optionsOf] = this.#toOthers(channel, key, from);
        for (const outbox of outboxes) outbox.send(header, body, optionsOf(outbox));
      }
      const fleet = this.#fleet();
      fleet?.publish(subjectOf(name), writeTold(fleet.me, body));
    });
  }

  #toOthers(
    { said, listeners }: Channel,
    channelKey: string,
    from: HubMember,
  ): [readonly Outbox[], OutHeader, (outbox: Outbox) => SendOptions] {
    const outboxes = [...listeners.keys()].filter((outbox) => outbox !== from.outbox);
    // Those of one sender stay in order.
    const key = `channel:${from.id}:${channelKey}`;
    const optionsOf = (outbox: Outbox): SendOptions => ({
      key,
      onDropped: () => this.#missed(listeners.get(outbox)),
    });
    return [outboxes, said, optionsOf];
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
      member.send({ ...channel.missed, count: missed - subscription.told });
      subscription.told = missed;
    }
    if (this.#untold.size > 0) return;
    own.clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function subjectOf(name: string): string {
  return `channel.${tokenOf(name)}`;
}
