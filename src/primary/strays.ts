import type { Connection } from '../lanes/lane.ts';
import type { ListeningWorker } from './listener.ts';

/**
 * Connections for workers that otherwise accept by themselves. Each goes to the worker that was given the fewest; where
 * there is none, it waits for one.
 */
export class Strays {
  readonly #waiting: Connection[] = [];
  #isClosed = false;

  add(connections: readonly Connection[], workers: Iterable<ListeningWorker>): void {
    if (this.#isClosed) for (const { socket } of connections) socket.close();
    else this.#waiting.push(...connections);
    this.giveTo(workers);
  }

  giveTo(workers: Iterable<ListeningWorker>): void {
    const staying = [...workers].filter(({ isLeaving }) => !isLeaving);
    while (this.#waiting.length > 0) {
      const [worker] = staying.toSorted((one, other) => given(one) - given(other));
      const connection = worker && this.#waiting.shift();
      if (!connection) return;
      connection.sentTo = worker;
      worker.lane.send(connection);
      worker.lane.post();
    }
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
