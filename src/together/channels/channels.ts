import { own } from '../../own.ts';
import { inCleanContext } from '../../system/own-context.ts';
import { warnOnce } from '../../system/warning.ts';
import { decodeBody, encodeBody } from '../body.ts';
import type { Body } from '../frames.ts';
import type { Here } from '../here.ts';
import type { Incoming } from '../incoming.ts';
import { CHANNELS } from './channel-service.ts';

/** A channel object of this process, as far as messages are brought to it. */
export interface Receiver {
  readonly name: string;
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
    const { name } = receiver;
    const receivers = this.#receivers.get(name);
    if (receivers) receivers.add(receiver);
    else {
      this.#receivers.set(name, new Set([receiver]));
      this.#here.send({ s: CHANNELS, t: 'listen', name });
    }
  }

  remove(receiver: Receiver): void {
    const { name } = receiver;
    const receivers = this.#receivers.get(name);
    if (!receivers?.delete(receiver) || receivers.size > 0) return;
    this.#receivers.delete(name);
    this.#here.send({ s: CHANNELS, t: 'leave', name });
  }

  /**
   * Says something to all others on a channel.
   *
   * @param sender hears nothing of it
   * @param onUnsent called where it is dropped, since this process has too much to say that the primary does not read
   * @throws {GrappoloError} ERR_GRAPPOLO_CANNOT_CLONE
   */
  say(sender: Receiver, value: unknown, onUnsent: () => void): void {
    const { name } = sender;
    const body = encodeBody(value);
    this.#here.send({ s: CHANNELS, t: 'say', name }, body, { key: `channel:${name}`, onDropped: onUnsent });
    const others = [...(this.#receivers.get(name) ?? [])].filter((receiver) => receiver !== sender);
    if (others.length === 0) return;
    inCleanContext(
      () =>
        void own.setImmediate(() => {
          for (const receiver of others) deliver(receiver, body);
        }),
    );
  }

  #hear(incoming: Incoming): void {
    const { header } = incoming;
    const receivers = this.#receivers.get(String(header.get('name')));
    if (!receivers) return;
    if (header.get('t') === 'said') {
      incoming.whole((body) => {
        for (const receiver of receivers) deliver(receiver, body);
      });
    } else if (header.get('t') === 'missed') {
      const count = Number(header.get('count'));
      for (const receiver of receivers) receiver.miss(count);
      warnOnce('GRAPPOLO_MESSAGES_DROPPED', `${count} on the channel '${String(header.get('name'))}'`);
    }
  }
}

/** To each a value of its own. */
function deliver(receiver: Receiver, body: Body): void {
  let value: unknown;
  try {
    value = decodeBody(body);
  } catch (error) {
    receiver.fail(error);
    return;
  }
  receiver.receive(value);
}
