import { own } from '../../own.ts';
import { inCleanContext } from '../../system/own-context.ts';

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Those that wait equally long, in order. */
interface Row<T> {
  /** When each is over, in ms on the clock of `own.now()`. */
  readonly due: Map<T, number>;
  timer: NodeJS.Timeout | undefined;
}

/** So many rows are kept when nothing waits in them. */
const MAX_EMPTY_ROWS = 64;

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
      row = { due: new Map(), timer: undefined };
      this.#rows.set(afterMs, row);
      this.#wait(afterMs, row, afterMs);
    }
    row.due.set(item, own.now() + afterMs);
  }

  delete(item: T, afterMs: number): void {
    const row = this.#rows.get(afterMs);
    if (!row?.due.delete(item) || row.due.size > 0 || this.#rows.size <= MAX_EMPTY_ROWS) return;
    // Each may wait for another time.
    own.clearTimeout(row.timer);
    this.#rows.delete(afterMs);
  }

  /** Its timer stays when nothing waits any more, for the next one; it keeps no process running. */
  #wait(afterMs: number, row: Row<T>, ms: number): void {
    inCleanContext(() => {
      row.timer = own.setTimeout(() => this.#look(afterMs, row), ms).unref();
    });
  }

  #look(afterMs: number, row: Row<T>): void {
    const nowMs = own.now();
    for (const [item, dueMs] of row.due) {
      if (dueMs > nowMs) {
        this.#wait(afterMs, row, Math.ceil(dueMs - nowMs));
        return;
      }
      row.due.delete(item);
      this.#onOver(item);
    }
    if (this.#rows.get(afterMs) === row) this.#rows.delete(afterMs);
  }
}
