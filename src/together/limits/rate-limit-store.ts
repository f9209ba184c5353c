import { invalidArgType } from '../../core/errors.ts';
import { own } from '../../own.ts';
import { checkOptions } from '../check-options.ts';
import { checkName } from '../names.ts';
import { here } from '../this-process.ts';
import type { LimitAnswer, LimitWish } from './limit-messages.ts';
import { Limits } from './limits.ts';
import { timeoutOf } from './timeout-of.ts';

/** What express-rate-limit is told of a key. */
export interface RateLimitHits {
  totalHits: number;
  resetTime: globalThis.Date | undefined;
}

/** A store as express-rate-limit 6 to 8 take it: https://express-rate-limit.mintlify.app/guides/creating-a-store. */
export interface RateLimitStore {
  /** Keys of several stores of one name are the same keys. */
  readonly localKeys: false;
  readonly prefix: string;
  init(options: { readonly windowMs: number }): void;
  get(key: string): Promise<RateLimitHits | undefined>;
  increment(key: string): Promise<RateLimitHits>;
  decrement(key: string): Promise<void>;
  resetKey(key: string): Promise<void>;
  resetAll(): Promise<void>;
}

/** The middleware compares by itself how many there may be. */
const POINTS = 0;
const MINUTE_MS = 60_000;

/**
 * A store for the middleware of express-rate-limit that counts for the whole cluster.
 *
 * @example
 * app.use(rateLimit({ windowMs: 60_000, limit: 100, store: rateLimitStore('api') }));
 * @param name two middlewares that count apart have two; a `limiter()` of the same name is another limit
 * @param options
 *   `timeoutMs`: how long an answer of the primary is waited for; then it is rejected with ERR_GRAPPOLO_CALL_TIMEOUT. Default: 5000.
 * @throws {GrappoloError} ERR_GRAPPOLO_INVALID_NAME
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function rateLimitStore(
  name: string,
  options: { readonly timeoutMs?: number | undefined } = {},
): RateLimitStore {
  const id = { kind: 'store', name: checkName('a limit', name) } as const;
  const timeoutMs = timeoutOf(checkOptions(options, ['timeoutMs']).timeoutMs);
  let perMs = MINUTE_MS;
  const ask = async (wish: LimitWish): Promise<LimitAnswer> =>
    here().service(Limits).ask(id, { points: POINTS, perMs }, wish, { timeoutMs });
  return {
    localKeys: false,
    prefix: `${id.name}:`,
    init: ({ windowMs }) => {
      if (!(Number.isFinite(windowMs) && windowMs >= 1))
        throw invalidArgType('options.windowMs', 'a number from 1 on', windowMs);
      perMs = windowMs;
    },
    get: async (key) => {
      const answer = await ask(['get', key]);
      return answer ? hitsOf(answer) : undefined;
    },
    increment: async (key) => hitsOf(await ask(['add', key, 1])),
    decrement: async (key) => void (await ask(['add', key, -1])),
    resetKey: async (key) => void (await ask(['reset', key])),
    resetAll: async () => void (await ask(['clear', ''])),
  };
}

/** The time is on the clock of this process's wall, which the middleware compares it with. */
function hitsOf(answer: LimitAnswer): RateLimitHits {
  const [taken, msLeft] = answer ?? [0, -1];
  return {
    totalHits: taken,
    resetTime: msLeft < 0 ? undefined : new globalThis.Date(own.wallClock() + msLeft),
  };
}
