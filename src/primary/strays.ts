import type { Connection } from '../lanes/lane.ts';
import type { ListeningWorker } from './listener.ts';

/**
 * Connections for workers that otherwise accept by themselves. Each goes to the worker that was given the fewest; where
 * there is none, it waits for one.
 */
export class Strays {
  readonly #waiting: Connection[] = [];
  /** The ids of those that were full. */
  readonly #refusedBy = new WeakMap<Connection, Set<number>>();
  #isClosed = false;

  add(connections: readonly Connection[], workers: Iterable<ListeningWorker>): void {
    if (this.#isClosed) for (const { socket } of connections) socket.close();
    else this.#waiting.push(...connections);
    this.giveTo(workers);
  }

  /** Where the worker that was given it is full, another gets it. Where all are, it is closed, as one would be that they accept by themselves. */
  refused(connection: Connection, reason: 'full' | 'closed', workers: Iterable<ListeningWorker>): void {
    const refusers = this.#refusersOf(connection);
    if (connection.sentTo && reason === 'full') refusers.add(connection.sentTo.id);
    this.#refusedBy.set(connection, refusers);
    this.add([connection], workers);
  }

  giveTo(workers: Iterable<ListeningWorker>): void {
    const staying = [...workers].filter(({ isLeaving }) => !isLeaving);
    if (staying.length === 0) return;
    for (const connection of this.#waiting.splice(0)) {
      const refusers = this.#refusersOf(connection);
      const [worker] = staying
        .filter(({ id }) => !refusers.has(id))
        .toSorted((one, other) => given(one) - given(other));
      if (!worker) {
        connection.socket.close();
        continue;
      }
      connection.sentTo = worker;
      worker.lane.send(connection);
      worker.lane.post();
    }
  }

  #refusersOf(connection: Connection): Set<number> {
    return this.#refusedBy.get(connection) ?? new Set();
  }

  /** Nobody is to come any more. */
  close(): void {
    this.#isClosed = true;
    for (const { socket } of this.#waiting.splice(0)) socket.close();
  }
}

function given({ lane }: ListeningWorker): number {
  return lane.pending + lane.taken;
}
