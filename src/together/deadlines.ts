import { own } from '../own.ts';
import { inCleanContext } from '../system/own-context.ts';

const MAX_TIMER_MS = 2 ** 31 - 1;
/** So many rows are kept when nothing waits in them. */
const MAX_EMPTY_ROWS = 64;

/** Told when it has waited long enough. */
export interface Expiring {
  expire(): void;
}

/** The place of something that waits, among those that wait equally long. */
export interface Deadline<T> {
  readonly item: T;
  readonly row: Row<T>;
  /** When it is over, in ms on the clock of `own.now()`. */
  readonly dueMs: number;
  isOver: boolean;
  before: Deadline<T> | undefined;
  after: Deadline<T> | undefined;
}

/** Those that wait equally long, in order. */
interface Row<T> {
  readonly afterMs: number;
  first: Deadline<T> | undefined;
  last: Deadline<T> | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * What is over when it has waited long. One timer serves all that wait equally long: most never see it, so each has none of its own. They are
 * chained, since a `Map` that is filled and emptied for each costs more than all else that is done for it.
 */
export class Deadlines<T> {
  readonly #onOver: (item: T) => void;
  readonly #rows = new Map<number, Row<T>>();

  constructor(onOver: (item: T) => void) {
    this.#onOver = onOver;
  }

  /** Gives nothing where that is longer than a timer can wait: it waits without end. */
  add(item: T, afterMs: number): Deadline<T> | undefined {
    if (afterMs > MAX_TIMER_MS) return undefined;
    let row = this.#rows.get(afterMs);
    if (!row) {
      row = { afterMs, first: undefined, last: undefined, timer: undefined };
      this.#rows.set(afterMs, row);
      this.#wait(row, afterMs);
    }
    const before = row.last;
    const added = { item, row, dueMs: own.now() + afterMs, isOver: false, before, after: undefined };
    if (before) before.after = added;
    else row.first = added;
    row.last = added;
    return added;
  }

  delete(deadline: Deadline<T> | undefined): void {
    if (!deadline || deadline.isOver) return;
    const { row } = deadline;
    takeOut(deadline);
    if (row.first || this.#rows.size <= MAX_EMPTY_ROWS) return;
    // Each may wait for another time.
    own.clearTimeout(row.timer);
    this.#rows.delete(row.afterMs);
  }

  /** Its timer stays when nothing waits any more, for the next one; it keeps no process running. */
  #wait(row: Row<T>, ms: number): void {
    inCleanContext(() => {
      row.timer = own.setTimeout(() => this.#look(row), ms).unref();
    });
  }

  #look(row: Row<T>): void {
    const nowMs = own.now();
    for (let next = row.first; next; next = row.first) {
      if (next.dueMs > nowMs) {
        this.#wait(row, Math.ceil(next.dueMs - nowMs));
        return;
      }
      takeOut(next);
      this.#onOver(next.item);
    }
    if (this.#rows.get(row.afterMs) === row) this.#rows.delete(row.afterMs);
  }
}

function takeOut<T>(deadline: Deadline<T>): void {
  const { row, before, after } = deadline;
  deadline.isOver = true;
  if (before) before.after = after;
  else row.first = after;
  if (after) after.before = before;
  else row.last = before;
  // Whoever keeps this one keeps no other.
  deadline.before = undefined;
  deadline.after = undefined;
}
