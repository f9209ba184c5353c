import type { IpcLane } from './ipc-lane.ts';
import type { Connection, Lane, Room } from './lane.ts';
import type { QueueLane } from './queue-lane.ts';

/** The lanes of one worker as one: the one that is always there, until a faster one is. */
export class WorkerLane implements Lane {
  readonly ipc: IpcLane;
  #queue: QueueLane | undefined;

  constructor(ipc: IpcLane) {
    this.ipc = ipc;
  }

  get queue(): QueueLane | undefined {
    return this.#queue;
  }

  /** The one by which connections go. */
  get #current(): Lane {
    return this.#queue && !this.#queue.isBroken ? this.#queue : this.ipc;
  }

  /** From now on connections go by the queue, as long as it carries them. */
  upgrade(queue: QueueLane): void {
    this.#queue = queue;
  }

  get room(): Room {
    return this.#current.room;
  }

  get busySinceMs(): number | undefined {
    return this.#current.busySinceMs;
  }

  get pending(): number {
    return this.ipc.pending + (this.#queue?.pending ?? 0);
  }

  get taken(): number {
    return this.ipc.taken + (this.#queue?.taken ?? 0);
  }

  /** Only a message can say that a connection is kept. */
  send(connection: Connection): void {
    (connection.isKept ? this.ipc : this.#current).send(connection);
  }

  post(): void {
    this.#current.post();
  }

  recall(): Connection[] {
    return this.#queue?.recall() ?? [];
  }

  takeBack(): Connection[] {
    const back = [...this.ipc.takeBack(), ...(this.#queue?.takeBack() ?? [])];
    return back.toSorted((one, other) => one.seq - other.seq);
  }
}
