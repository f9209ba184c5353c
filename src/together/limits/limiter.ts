import { invalidArgType } from '../../core/errors.ts';
import { checkOptions } from '../check-options.ts';
import { checkSignal } from '../check-signal.ts';
import { checkName } from '../names.ts';
import { here } from '../this-process.ts';
import type { LimitAnswer, LimitWish } from './limit-messages.ts';
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

export interface TakeOptions {
  /**
   * Ends the waiting: the promise is rejected with the signal's reason. What has left this process by then, which is so after one turn of its
   * event loop, is counted all the same.
   */
  readonly signal?: AbortSignal | undefined;
}

/** A limit that counts for the whole cluster. */
export interface Limiter extends LimiterOptions {
  readonly name: string;
  /**
   * Takes points of a key. What is refused counts as well, so that a window never ends later, and who goes on is refused until it ends.
   *
   * @param points how many; negative: gives back. Default: 1.
   * @throws {GrappoloError} ERR_GRAPPOLO_HUB_LOST, ERR_GRAPPOLO_LIMIT_DIFFERS, ERR_GRAPPOLO_CALLS_PENDING
   * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
   */
  take(key: string, points?: number, options?: TakeOptions): Promise<Taken>;
  /** What the key has; takes nothing. */
  get(key: string, options?: TakeOptions): Promise<Taken>;
  /** Ends the key's window. */
  reset(key: string, options?: TakeOptions): Promise<void>;
}

/**
 * A limit by its name, which all processes of the cluster share.
 *
 * @example
 * const logins = limiter('logins', { points: 5, perMs: 60_000 });
 * if (!(await logins.take(address)).isAllowed) response.writeHead(429).end();
 * @throws {GrappoloError} ERR_GRAPPOLO_INVALID_NAME
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function limiter(name: string, options: LimiterOptions): Limiter {
  const id = { kind: 'limiter', name: checkName('a limit', name) } as const;
  const terms = checkTerms(checkOptions(options, ['points', 'perMs']));
  const ask = async ([deed, key, count = 0]: LimitWish, given: TakeOptions | undefined): Promise<Taken> => {
    const wish = [deed, key, count] as const;
    const signal = given && checkSignal(checkOptions(given, ['signal']).signal);
    return takenOf(await here().service(Limits).ask(id, terms, wish, { signal }), terms);
  };
  return {
    name: id.name,
    ...terms,
    take: async (key, count = 1, given?) => ask(['add', key, checkNumber('points', count, -Infinity)], given),
    get: async (key, given?) => ask(['get', key], given),
    reset: async (key, given?) => void (await ask(['reset', key], given)),
  };
}

function checkTerms({ points, perMs }: LimiterOptions): LimitTerms {
  return {
    points: checkNumber('options.points', points, 0),
    perMs: checkNumber('options.perMs', perMs, 1),
  };
}

function takenOf(answer: LimitAnswer, { points }: LimitTerms): Taken {
  const [taken, msLeft] = answer ?? [0, 0];
  return {
    isAllowed: taken <= points,
    remaining: Math.max(0, points - taken),
    taken,
    resetMs: Math.max(0, msLeft),
  };
}

function checkNumber(name: string, value: unknown, from: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= from) return value;
  throw invalidArgType(
    name,
    from === -Infinity ? 'a finite number' : `a finite number from ${from} on`,
    value,
  );
}
