import { invalidArgType } from '../../core/errors.ts';
import { checkName } from '../names.ts';
import { here } from '../this-process.ts';
import type { LimitAnswer } from './limit-service.ts';
import type { LimitTerms } from './limit-table.ts';
import { Limits } from './limits.ts';

export interface LimiterOptions {
  /** How many points each key has in a window. */
  readonly points: number;
  /** How long a window lasts, in ms, from the key's first point on. */
  readonly perMs: number;
}

/** What came of taking points. */
export interface Taken {
  readonly isAllowed: boolean;
  /** How many the key has left in its window. */
  readonly remaining: number;
  /** How many it has had, with those that were refused. */
  readonly taken: number;
  /** When its window ends, in ms from now; 0: it has none. */
  readonly resetMs: number;
}

/** A limit that counts for the whole cluster. */
export interface Limiter extends LimiterOptions {
  readonly name: string;
  /**
   * Takes points of a key. What is refused counts as well, so that a window never ends later, and who goes on is refused until it ends.
   *
   * @param points how many; negative: gives back. Default: 1.
   * @throws {GrappoloError} ERR_GRAPPOLO_HUB_LOST, ERR_GRAPPOLO_LIMIT_DIFFERS
   */
  take(key: string, points?: number): Promise<Taken>;
  /** What the key has; takes nothing. */
  get(key: string): Promise<Taken>;
  /** Ends the key's window. */
  reset(key: string): Promise<void>;
}

/**
 * A limit by its name, which all processes of the cluster share.
 *
 * @example
 * const logins = limiter('logins', { points: 5, perMs: 60_000 });
 * if (!(await logins.take(address)).isAllowed) response.writeHead(429).end();
 * @throws {GrappoloError} ERR_GRAPPOLO_INVALID_NAME
 * @throws ERR_INVALID_ARG_TYPE
 */
export function limiter(name: string, { points, perMs }: LimiterOptions): Limiter {
  const terms: LimitTerms = {
    points: checkNumber('options.points', points, 0),
    perMs: checkNumber('options.perMs', perMs, 1),
  };
  const limit = checkName('a limit', name);
  const ask = async (key: string, count: number | null): Promise<Taken> => {
    const answer = await here().service(Limits).ask(limit, terms, checkKey(key), count);
    return takenOf(answer, terms);
  };
  return {
    name: limit,
    ...terms,
    take: async (key, count = 1) => ask(key, checkNumber('points', count, -Infinity)),
    get: async (key) => ask(key, 0),
    reset: async (key) => void (await ask(key, null)),
  };
}

function takenOf([taken, msLeft]: LimitAnswer, { points }: LimitTerms): Taken {
  return {
    isAllowed: taken <= points,
    remaining: Math.max(0, points - taken),
    taken,
    resetMs: Math.max(0, msLeft),
  };
}

function checkKey(key: unknown): string {
  if (typeof key === 'string') return key;
  throw invalidArgType('key', 'a text', key);
}

function checkNumber(name: string, value: unknown, from: number): number {
  if (typeof value === 'number' && value >= from && !Number.isNaN(value) && value !== Infinity) return value;
  throw invalidArgType(name, from === -Infinity ? 'a number' : `a number from ${from} on`, value);
}
