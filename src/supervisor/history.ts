import type { LastEnd, ReloadVerdict, SupervisedEnd } from '../api/supervisor.ts';
import { own } from '../own.ts';

interface SlotHistory {
  /** How many workers were lost, by the kind of their end. */
  readonly losses: Map<string, number>;
  lastEnd: LastEnd | undefined;
}

/** What a supervisor remembers of what is over. */
export class History {
  readonly #slots = new Map<number, SlotHistory>();
  readonly reloads = { done: 0, failed: 0 };
  lastReload: ReloadVerdict | undefined;

  /** A worker has ended without having been told to leave. */
  lost(slot: number, reason: SupervisedEnd): void {
    const history = this.#slots.get(slot) ?? { losses: new Map<string, number>(), lastEnd: undefined };
    this.#slots.set(slot, history);
    history.losses.set(reason.kind, (history.losses.get(reason.kind) ?? 0) + 1);
    history.lastEnd = { atMs: own.wallClock(), reason };
  }

  reloadEnded(verdict: Omit<ReloadVerdict, 'atMs'>): void {
    this.reloads[verdict.verdict] += 1;
    this.lastReload = { ...verdict, atMs: own.wallClock() };
  }

  /** All slots that have lost any. */
  get slots(): number[] {
    return [...this.#slots.keys()];
  }

  /** How many workers of a slot were lost, by the kind of their end. */
  lossesOf(slot: number): Record<string, number> {
    return Object.fromEntries(this.#slots.get(slot)?.losses ?? []);
  }

  restartsOf(slot: number): number {
    return [...(this.#slots.get(slot)?.losses.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  lastEndOf(slot: number): LastEnd | undefined {
    return this.#slots.get(slot)?.lastEnd;
  }
}
