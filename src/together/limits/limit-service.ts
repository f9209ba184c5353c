import { own } from '../../own.ts';
import { decodeBody, encodeBody } from '../body.ts';
import type { HubMember, HubService } from '../hub.ts';
import type { Incoming } from '../incoming.ts';
import { LimitTable } from './limit-table.ts';
import type { LimitTerms } from './limit-table.ts';

export const LIMITS = 'limit';

/** What is asked of a limit: points to take, or to give back; 0 asks only. `null` resets the key. */
export type LimitWish = readonly [key: string, count: number | null];
/** How many the key has had, and in how many ms its window ends; -1: it has none. */
export type LimitAnswer = readonly [taken: number, msLeft: number];

interface Limit extends LimitTerms {
  readonly table: LimitTable;
}

/** What nobody asks about is forgotten now and then as well. */
const SWEEP_MS = 10_000;

/** Counts for the whole cluster. */
export class LimitService implements HubService {
  readonly name: string = LIMITS;
  readonly #limits = new Map<string, Limit>();

  receive(from: HubMember, incoming: Incoming): void {
    const { header } = incoming;
    const n = header.get('n');
    const name = header.get('name');
    const points = header.get('points');
    const perMs = header.get('perMs');
    if (typeof n !== 'number' || typeof name !== 'string') return;
    if (typeof points !== 'number' || typeof perMs !== 'number') return;
    incoming.whole((body) => {
      const limit = this.#limitOf(name, { points, perMs });
      // The first one counts, and the others are told.
      const differs = limit.points !== points || limit.perMs !== perMs;
      const told = differs ? { points: limit.points, perMs: limit.perMs } : undefined;
      const answers = differs ? [] : answer(limit.table, decodeBody(body) as readonly LimitWish[]);
      from.send({ s: LIMITS, ack: n, ...told }, encodeBody(answers));
    });
  }

  #limitOf(name: string, terms: LimitTerms): Limit {
    const known = this.#limits.get(name);
    if (known) return known;
    const limit = { ...terms, table: new LimitTable(terms) };
    this.#limits.set(name, limit);
    if (this.#limits.size === 1) own.setInterval(() => this.#sweep(), SWEEP_MS).unref();
    return limit;
  }

  #sweep(): void {
    for (const { table } of this.#limits.values()) table.sweep(own.now());
  }
}

function answer(table: LimitTable, wishes: readonly LimitWish[]): readonly LimitAnswer[] {
  const nowMs = own.now();
  return wishes.map(([key, count]) => {
    if (count === null) table.reset(key);
    const { taken, endsAtMs } = count ? table.add(key, count, nowMs) : table.get(key, nowMs);
    return [taken, endsAtMs === undefined ? -1 : Math.max(0, Math.ceil(endsAtMs - nowMs))];
  });
}
