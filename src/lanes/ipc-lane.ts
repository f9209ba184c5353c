import { afterTaken, INITIAL_WINDOW } from '../core/window.ts';
import type { PrimaryMessage, WorkerMessage } from '../protocol/messages.ts';
import type { RawHandle } from '../system/node-internals.ts';
import { SILENCE_MS } from './lane.ts';
import type { Connection, Lane, LaneEvents } from './lane.ts';
import { Rest, UNFIT_MS } from './rest.ts';

/** A message without its handle is dropped by Node, so a worker that has answered nothing for so long is asked. */
const SETTLE_MS = 1000;
/** A worker's first connections are slow, because its code is not compiled yet, and say nothing of later ones. */
const COLD = 32;

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
  readonly sentAt: number;
}

/** One handle a message on Node's IPC channel, acknowledged by number. Works everywhere. */
export function createIpcLane(send: SendToWorker, events: LaneEvents): IpcLane {
  const pending = new Map<number, Sent>();
  let window = INITIAL_WINDOW;
  let taken = 0;
  let lastOrder = 0;
  /** Up to which connection the worker was asked to settle. */
  let askedUpTo: number | undefined;
  let isWatching = false;
  const rest = new Rest(() => events.onRoom());

  const remove = (seq: number): Connection | undefined => {
    const entry = pending.get(seq);
    if (!entry) return undefined;
    pending.delete(seq);
    const next = afterTaken(window, performance.now() - entry.sentAt);
    if (taken >= COLD || next.size > window.size) window = next;
    return entry.connection;
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
    setTimeout(askToSettle, SETTLE_MS).unref();
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
      if (pending.size < window.size) return 'now';
      const [oldest] = pending.values();
      const isWaiting = oldest !== undefined && performance.now() - oldest.sentAt >= SILENCE_MS;
      return taken < COLD && !isWaiting ? 'soon' : 'later';
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
      pending.set(connection.seq, { connection, order: lastOrder, sentAt: performance.now() });
      const { seq, listener, socket } = connection;
      send({ act: 'newconn', seq, listener }, socket.handle());
      watch();
    },
    post() {},
    receive(message) {
      switch (message.act) {
        case 'accepted': {
          const connection = remove(message.seq);
          if (connection) taken += 1;
          connection?.socket.close();
          events.onRoom();
          return;
        }
        case 'refused': {
          const connection = remove(message.seq);
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
