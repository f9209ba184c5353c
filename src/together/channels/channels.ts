import { own } from '../../own.ts';
import { inCleanContext } from '../../system/own-context.ts';
import { warnOnce } from '../../system/warning.ts';
import { decodeBody, encodeBody } from '../body.ts';
import type { Body } from '../frames.ts';
import { encodeForFleet } from '../fleet/fleet-message.ts';
import type { Scope } from '../fleet/scope.ts';
import type { OutHeader } from '../header.ts';
import type { Here } from '../here.ts';
import type { Incoming } from '../incoming.ts';
import { CHANNELS } from './channel-service.ts';

/** A channel object of this process, as far as messages are brought to it. */
export interface Receiver {
  readonly name: string;
  readonly scope: Scope;
  receive(value: unknown): void;
  /** What came cannot be read. */
  fail(error: unknown): void;
  /** So many messages will never come. */
  miss(count: number): void;
}

/** The channels of this process. */
export class Channels {
  readonly #here: Here;
  readonly #receivers = new Map<string, Set<Receiver>>();

  constructor(here: Here) {
    this.#here = here;
    here.receive(CHANNELS, (incoming) => this.#hear(incoming));
  }

  get here(): Here {
    return this.#here;
  }

  add(receiver: Receiver): void {
    const key = keyOf(receiver);
    const receivers = this.#receivers.get(key);
    if (receivers) receivers.add(receiver);
    else {
      this.#receivers.set(key, new Set([receiver]));
      this.#here.send(headerOf(receiver, 'listen'));
    }
  }

  remove(receiver: Receiver): void {
    const key = keyOf(receiver);
    const receivers = this.#receivers.get(key);
    if (!receivers?.delete(receiver) || receivers.size > 0) return;
    this.#receivers.delete(key);
    this.#here.send(headerOf(receiver, 'leave'));
  }

  /**
   * Says something to all others on a channel.
   *
   * @param sender hears nothing of it
   * @param onUnsent called where it is dropped, since this process has too much to say that the primary does not read
   * @throws {GrappoloError} ERR_GRAPPOLO_CANNOT_CLONE
   */
  say(sender: Receiver, value: unknown, onUnsent: () => void): void {
    const key = keyOf(sender);
    const body = sender.scope === 'fleet' ? encodeForFleet(value) : encodeBody(value);
    this.#here.send(headerOf(sender, 'say'), body, { key: `channel:${key}`, onDropped: onUnsent });
    const receivers = this.#receivers.get(key);
    if (!receivers) return;
    const others = [...receivers].filter((receiver) => receiver !== sender);
    if (others.length === 0) return;
    inCleanContext(
      () =>
        void own.setImmediate(() => {
          for (const receiver of still(others, receivers)) deliver(receiver, body);
        }),
    );
  }

  #hear(incoming: Incoming): void {
    const { header } = incoming;
    const name = String(header.get('name'));
    const scope = header.get('scope') === 'fleet' ? 'fleet' : 'host';
    const receivers = this.#receivers.get(keyOf({ name, scope }));
    if (!receivers) return;
    // Who listens from now on, maybe since a handler is called, hears nothing of it.
    const present = [...receivers];
    if (header.get('t') === 'said') {
      incoming.whole((body, isOwn) => {
        const isAlone = present.length === 1;
        for (const receiver of still(present, receivers)) deliver(receiver, body, isOwn && isAlone);
      });
    } else if (header.get('t') === 'missed') {
      const count = Number(header.get('count'));
      for (const receiver of present) receiver.miss(count);
      warnOnce('GRAPPOLO_MESSAGES_DROPPED', `${count} on the channel '${name}'`);
    }
  }
}

type Address = Pick<Receiver, 'name' | 'scope'>;

/** A channel of the fleet is another than one of the host that is called the same. */
function keyOf({ name, scope }: Address): string {
  return `${scope} ${name}`;
}

function headerOf({ name, scope }: Address, type: 'listen' | 'leave' | 'say'): OutHeader {
  return scope === 'fleet' ? { s: CHANNELS, t: type, name, scope } : { s: CHANNELS, t: type, name };
}

/** Those that have not been closed by the time it is their turn. */
function* still(present: readonly Receiver[], receivers: ReadonlySet<Receiver>): Iterable<Receiver> {
  for (const receiver of present) if (receivers.has(receiver)) yield receiver;
}

/** To each a value of its own. */
function deliver(receiver: Receiver, body: Body, isOwn = false): void {
  let value: unknown;
  try {
    value = decodeBody(body, isOwn);
  } catch (error) {
    receiver.fail(error);
    return;
  }
  receiver.receive(value);
}
