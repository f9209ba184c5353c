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

  /** From now on connections go by the queue. */
  upgrade(queue: QueueLane): void {
    this.#queue = queue;
  }

  get room(): Room {
    return (this.#queue ?? this.ipc).room;
  }

  get canQueue(): boolean {
    return this.#queue?.canQueue ?? false;
  }

  get pending(): number {
    return this.ipc.pending + (this.#queue?.pending ?? 0);
  }

  get taken(): number {
    return this.ipc.taken + (this.#queue?.taken ?? 0);
  }

  send(connection: Connection): void {
    (this.#queue ?? this.ipc).send(connection);
  }

  recall(): Connection[] {
    return this.#queue?.recall() ?? [];
  }

  takeBack(): Connection[] {
    const back = [...this.ipc.takeBack(), ...(this.#queue?.takeBack() ?? [])];
    return back.toSorted((one, other) => one.seq - other.seq);
  }
}
