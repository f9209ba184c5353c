import { own } from '../../own.ts';
import { inCleanContext } from '../../system/own-context.ts';

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Those that wait equally long, in order, and when each is over, in ms on the clock of `own.now()`. */
type Row<T> = Map<T, number>;

/** What is over when it has waited long. One timer serves all that wait equally long: most never see it, so each has none of its own. */
export class Deadlines<T> {
  readonly #onOver: (item: T) => void;
  readonly #rows = new Map<number, Row<T>>();

  constructor(onOver: (item: T) => void) {
    this.#onOver = onOver;
  }

  add(item: T, afterMs: number): void {
    if (afterMs > MAX_TIMER_MS) return;
    let row = this.#rows.get(afterMs);
    if (!row) {
      row = new Map();
      this.#rows.set(afterMs, row);
      this.#wait(afterMs, row, afterMs);
    }
    row.set(item, own.now() + afterMs);
  }

  delete(item: T, afterMs: number): void {
    this.#rows.get(afterMs)?.delete(item);
  }

  /** Its timer stays when nothing waits any more, for the next one; it keeps no process running. */
  #wait(afterMs: number, row: Row<T>, ms: number): void {
    inCleanContext(() => void own.setTimeout(() => this.#look(afterMs, row), ms).unref());
  }

  #look(afterMs: number, row: Row<T>): void {
    const nowMs = own.now();
    for (const [item, dueMs] of row) {
      if (dueMs > nowMs) {
        this.#wait(afterMs, row, Math.ceil(dueMs - nowMs));
        return;
      }
      row.delete(item);
      this.#onOver(item);
    }
    this.#rows.delete(afterMs);
  }
}
