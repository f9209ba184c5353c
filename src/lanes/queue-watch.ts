import { own } from '../own.ts';
import { SILENCE_MS } from './lane.ts';
import type { QueueLane } from './queue-lane.ts';

/** Looks after all queue lanes that are not idle, with one timer: workers may be many, and each connection is short. */
export class QueueWatch {
  readonly #lanes = new Set<QueueLane>();
  #timer: NodeJS.Timeout | undefined;

  add(lane: QueueLane): void {
    this.#lanes.add(lane);
    // Where the timer runs it is not too late: nothing that is sent now has to be judged before.
    if (!this.#timer) this.#judgeIn(SILENCE_MS);
  }

  delete(lane: QueueLane): void {
    this.#lanes.delete(lane);
  }

  /** Has all lanes look what their workers have done. */
  collect(): void {
    for (const lane of this.#lanes) {
      lane.collect();
      if (lane.isIdle) this.#lanes.delete(lane);
    }
  }

  #judgeIn(waitMs: number): void {
    this.#timer = own
      .setTimeout(() => {
        let nextMs = SILENCE_MS;
        try {
          this.collect();
          for (const lane of this.#lanes) nextMs = Math.min(nextMs, lane.judge());
        } finally {
          // Also when a program's listener for 'drop' throws.
          this.#timer = undefined;
          if (this.#lanes.size > 0) this.#judgeIn(nextMs);
        }
      }, Math.ceil(waitMs))
      .unref();
  }
}
