import { afterTaken, INITIAL_WINDOW } from '../core/window.ts';
import type { PrimaryMessage } from '../protocol/messages.ts';
import type { RawHandle } from '../system/node-internals.ts';
import type { Connection, Lane } from './lane.ts';

/** A message without its handle is dropped by Node, so a worker that has answered nothing for so long is asked. */
const SETTLE_MS = 1000;

export type SendToWorker = (message: PrimaryMessage, handle?: RawHandle) => void;

interface Sent {
  readonly connection: Connection;
  /** Its place in all that was sent to this worker: a connection may be sent twice. */
  readonly order: number;
  readonly sentAt: number;
}

/** One handle a message on Node's IPC channel, acknowledged by number. Works everywhere. */
export function createIpcLane(send: SendToWorker): Lane {
  const pending = new Map<number, Sent>();
  let window = INITIAL_WINDOW;
  let lastOrder = 0;
  /** Up to which connection the worker was asked to settle. */
  let askedUpTo: number | undefined;
  let isWatching = false;

  const remove = (seq: number): Connection | undefined => {
    const entry = pending.get(seq);
    if (!entry) return undefined;
    pending.delete(seq);
    window = afterTaken(window, performance.now() - entry.sentAt);
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

  return {
    hasRoom: () => pending.size < window.size,
    get pending() {
      return pending.size;
    },
    send(connection) {
      lastOrder += 1;
      pending.set(connection.seq, { connection, order: lastOrder, sentAt: performance.now() });
      const { seq, listener, handle } = connection;
      send({ act: 'newconn', seq, listener }, handle);
      watch();
    },
    accepted(seq) {
      remove(seq)?.handle.close();
    },
    refused: remove,
    settled(upTo) {
      if (upTo !== askedUpTo) return [];
      askedUpTo = undefined;
      const lost = takeBack(upTo);
      isWatching = false;
      if (pending.size > 0) watch();
      return lost;
    },
    takeBack: () => takeBack(lastOrder),
  };
}
