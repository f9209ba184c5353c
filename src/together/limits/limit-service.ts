import { own } from '../../own.ts';
import { warnOnce } from '../../system/warning.ts';
import type { HubMember, HubService } from '../hub.ts';
import type { Incoming } from '../incoming.ts';
import { decodeWishes, encodeAnswers, LIMITS } from './limit-messages.ts';
import type { LimitAnswer, LimitWish } from './limit-messages.ts';
import { LimitTable } from './limit-table.ts';
import type { LimitCount, LimitTerms } from './limit-table.ts';

interface Limit extends LimitTerms {
  readonly table: LimitTable;
  askedAtMs: number;
}

/** What nobody asks about is forgotten now and then as well: so many at a time, for a primary has other things to do. */
const SWEEP_MS = 1000;
const SWEEP_KEYS = 1000;
/** When there are more. */
const SWEEP_ON_MS = 20;
/** A limit that no key has a window of has nothing but its terms: it is forgotten when nobody has asked for it as long as this. */
const FORGET_MS = 10 * 60_000;

/** Counts for the whole cluster. */
export class LimitService implements HubService {
  readonly name: string = LIMITS;
  /** By kind and name. */
  readonly #limits = new Map<string, Limit>();

  receive(from: HubMember, incoming: Incoming): void {
    const { header } = incoming;
    const n = header.get('n');
    const kind = header.get('kind');
    const name = header.get('name');
    const points = header.get('points');
    const perMs = header.get('perMs');
    if (typeof n !== 'number' || typeof kind !== 'string' || typeof name !== 'string') return;
    if (!isFinite(points) || !isFinite(perMs)) return;
    incoming.whole((body) => {
      const wishes = decodeWishes(body);
      if (!wishes) return;
      const nowMs = own.now();
      const limit = this.#limitOf(kind, name, { points, perMs });
      limit.askedAtMs = nowMs;
      // The first one counts, and the others are told.
      const differs = limit.points !== points || limit.perMs !== perMs;
      const told = differs ? { points: limit.points, perMs: limit.perMs } : undefined;
      const answers = differs ? [] : wishes.map((wish) => wish && answer(limit.table, wish, nowMs));
      from.send({ s: LIMITS, ...told, ack: n }, encodeAnswers(answers));
    });
  }

  #limitOf(kind: string, name: string, terms: LimitTerms): Limit {
    const key = `${kind} ${name}`;
    const known = this.#limits.get(key);
    if (known) return known;
    const onFull = (): void => warnOnce('GRAPPOLO_LIMIT_FULL', `The limit is '${name}'`);
    const limit = { ...terms, table: new LimitTable(terms, undefined, onFull), askedAtMs: 0 };
    if (this.#limits.size === 0) this.#sweepAfter(SWEEP_MS);
    this.#limits.set(key, limit);
    return limit;
  }

  #sweepAfter(ms: number): void {
    own
      .setTimeout(() => {
        const nowMs = own.now();
        let left = SWEEP_KEYS;
        for (const [key, { table, askedAtMs }] of this.#limits) {
          left -= table.sweep(nowMs, left);
          if (table.size === 0 && nowMs - askedAtMs >= FORGET_MS) this.#limits.delete(key);
        }
        // The next limit begins anew.
        if (this.#limits.size > 0) this.#sweepAfter(left > 0 ? SWEEP_MS : SWEEP_ON_MS);
      }, ms)
      .unref();
  }
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

function answer(
  table: LimitTable,
  [deed, key, count = 0, options = {}]: LimitWish,
  nowMs: number,
): LimitAnswer {
  switch (deed) {
    case 'add':
      return answerOf(table.add(key, count, nowMs, options), nowMs);
    case 'set':
      return answerOf(table.set(key, count, nowMs, options.forMs ?? 0), nowMs);
    case 'get':
      return answerOf(table.get(key, nowMs), nowMs);
    case 'reset': {
      const before = answerOf(table.get(key, nowMs), nowMs);
      table.reset(key);
      return before;
    }
    case 'clear':
      table.clear();
      return null;
    default:
      throw new TypeError(`${String(deed satisfies never)} is none`);
  }
}

function answerOf({ taken, endsAtMs, isFirst }: LimitCount, nowMs: number): LimitAnswer {
  if (endsAtMs === undefined) return null;
  return [taken, endsAtMs === Infinity ? -1 : Math.max(0, Math.ceil(endsAtMs - nowMs)), isFirst ? 1 : 0];
}
