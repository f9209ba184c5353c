import type { Connection, Room } from '../lanes/lane.ts';
import type { WorkerSnapshot } from '../schedulers/scheduler.ts';
import type { ListeningWorker } from './listener.ts';

/** A worker on one listener where the primary accepts, as the listener's scheduler sees it. */
export class ListenerUser implements WorkerSnapshot {
  readonly id: number;
  readonly slot: number;
  readonly poolSlot: number;
  /** How many connections its server allows beside those that it has and that are on their way, as far as it has said. */
  places = Infinity;
  /** Connections that are for this worker, as soon as it has room; oldest first. */
  readonly waiting: Connection[] = [];
  readonly #worker: ListeningWorker;
  readonly #hasLoad: boolean;

  constructor(worker: ListeningWorker, hasLoad: boolean) {
    this.id = worker.id;
    this.slot = worker.slot;
    this.poolSlot = worker.poolSlot;
    this.#worker = worker;
    this.#hasLoad = hasLoad;
  }

  get worker(): ListeningWorker {
    return this.#worker;
  }

  get room(): Room {
    return this.places <= 0 || this.#worker.isLeaving ? 'later' : this.#worker.lane.room;
  }

  get connections(): number {
    if (!this.#hasLoad) return 0;
    const { lane, load } = this.#worker;
    return Math.max(0, (lane.pending + lane.taken - load.closed) | 0);
  }

  get delayMs(): number {
    return this.#hasLoad ? this.#worker.load.delayMs : 0;
  }
}
