import { own } from '../own.ts';
import type { PrimaryMessage, WorkerMessage } from '../protocol/messages.ts';
import { debug } from '../system/debug.ts';
import type { RawHandle } from '../system/node-internals.ts';
import type { StarvationWatch } from '../system/starvation.ts';
import { LOOK_AGAIN_MS, SILENCE_MS } from './lane.ts';
import type { Connection, Lane, LaneEvents } from './lane.ts';
import { Rest, UNFIT_MS } from './rest.ts';

/** A message without its handle is dropped by Node, so a worker that has answered nothing for so long is asked. */
const SETTLE_MS = 1000;
/** A worker's first connections are slow, because its code is not compiled yet, and say nothing of later ones. */
const COLD = 64;

export type SendToWorker = (message: PrimaryMessage, handle?: RawHandle) => void;

/** What a worker says of the connections on this lane. */
type IpcLaneMessage = Extract<WorkerMessage, { act: 'accepted' | 'refused' | 'settled' }>;

export interface IpcLane extends Lane {
  receive(message: IpcLaneMessage): void;
}

interface Sent {
  readonly connection: Connection;
  /** Its place in all that was sent to this worker: a connection may be sent twice. */
  readonly order: number;
  readonly sentAtMs: number;
}

/**
 * One handle a message on Node's IPC channel, acknowledged by number. Works everywhere. One connection at a time: what a
 * worker has not answered for cannot be had back, and more of them would cost as much each.
 */
export function createIpcLane(send: SendToWorker, events: LaneEvents, starvation: StarvationWatch): IpcLane {
  const pending = new Map<number, Sent>();
  let taken = 0;
  let lastOrder = 0;
  /** Up to which connection the worker was asked to settle. */
  let askedUpTo: number | undefined;
  let isWatching = false;
  /** When the worker's process was looked at, and what was seen. */
  let lookedAtMs = 0;
  let isStarved = false;
  let isPassedOver = false;
  const rest = new Rest(() => events.onRoom());

  const remove = (seq: number): Connection | undefined => {
    const entry = pending.get(seq);
    if (!entry) return undefined;
    pending.delete(seq);
    starvation.forget();
    isPassedOver = false;
    return entry.connection;
  };

  /** Whether the worker can be expected to take what it was sent at that time. */
  const isPrompt = (sentAtMs: number): boolean => {
    if (taken >= COLD) return false;
    const nowMs = own.now();
    if (nowMs - sentAtMs < SILENCE_MS) return true;
    if (nowMs - lookedAtMs >= LOOK_AGAIN_MS) {
      lookedAtMs = nowMs;
      isStarved = starvation.look();
    }
    if (!isStarved && !isPassedOver) {
      isPassedOver = true;
      debug('a worker is passed over: it has left a connection waiting');
    }
    return isStarved;
  };

  const takeBack = (upTo: number): Connection[] => {
    const entries = [...pending].filter(([, { order }]) => order <= upTo);
    for (const [seq] of entries) pending.delete(seq);
    return entries.map(([, { connection }]) => connection);
  };

  const askToSettle = (): void => {
    if (pending.size === 0) {
      isWatching = false;
      return;
    }
    askedUpTo = lastOrder;
    send({ act: 'settle', upTo: askedUpTo });
  };

  const watch = (): void => {
    if (isWatching) return;
    isWatching = true;
    own.setTimeout(askToSettle, SETTLE_MS).unref();
  };

  /** The worker has answered for all that it was sent up to there: what is left of it was lost on the way. */
  const settled = (upTo: number): void => {
    if (upTo !== askedUpTo) return;
    askedUpTo = undefined;
    const lost = takeBack(upTo);
    isWatching = false;
    if (pending.size > 0) watch();
    if (lost.length > 0) rest.begin(UNFIT_MS);
    events.onReturned(lost);
  };

  return {
    get room() {
      if (rest.isOn) return 'later';
      const [oldest] = pending.values();
      if (!oldest) return 'now';
      return isPrompt(oldest.sentAtMs) ? 'soon' : 'later';
    },
    busySinceMs: undefined,
    get pending() {
      return pending.size;
    },
    get taken() {
      return taken;
    },
    send(connection) {
      lastOrder += 1;
      pending.set(connection.seq, { connection, order: lastOrder, sentAtMs: own.now() });
      const { seq, listener, socket, isKept } = connection;
      send({ act: 'newconn', seq, listener, ...(isKept && { isKept }) }, socket.handle());
      watch();
    },
    post() {},
    receive(message) {
      switch (message.act) {
        case 'accepted': {
          const connection = remove(message.ack);
          if (connection) taken += 1;
          connection?.socket.close();
          events.onRoom();
          return;
        }
        case 'refused': {
          const connection = remove(message.ack);
          if (connection) events.onRefused(connection, message.reason);
          events.onRoom();
          return;
        }
        case 'settled':
          settled(message.upTo);
          return;
        default:
          message satisfies never;
      }
    },
    // What a worker has not answered for it may yet take.
    recall: () => [],
    takeBack: () => takeBack(lastOrder),
  };
}
