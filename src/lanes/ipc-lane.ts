import { afterTaken, INITIAL_WINDOW } from '../core/window.ts';
import type { PrimaryMessage } from '../protocol/messages.ts';
import type { RawHandle } from '../system/node-internals.ts';
import type { Connection, Lane } from './lane.ts';

export type SendToWorker = (message: PrimaryMessage, handle?: RawHandle) => void;

/** One handle a message on Node's IPC channel, acknowledged by number. Works everywhere. */
export function createIpcLane(send: SendToWorker): Lane {
  const pending = new Map<number, { connection: Connection; sentAt: number }>();
  let window = INITIAL_WINDOW;

  const remove = (seq: number): Connection | undefined => {
    const entry = pending.get(seq);
    if (!entry) return undefined;
    pending.delete(seq);
    window = afterTaken(window, performance.now() - entry.sentAt);
    return entry.connection;
  };

  return {
    hasRoom: () => pending.size < window.size,
    get pending() {
      return pending.size;
    },
    send(connection) {
      pending.set(connection.seq, { connection, sentAt: performance.now() });
      const { seq, listener, handle } = connection;
      send({ act: 'newconn', seq, listener }, handle);
    },
    accepted(seq) {
      remove(seq)?.handle.close();
    },
    refused: remove,
    takeBack() {
      const connections = [...pending.values()].map(({ connection }) => connection);
      pending.clear();
      return connections;
    },
  };
}
