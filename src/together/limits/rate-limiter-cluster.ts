import { invalidArgType } from '../../core/errors.ts';
import { own } from '../../own.ts';
import { here } from '../this-process.ts';
import type { LimitAnswer, LimitWish } from './limit-messages.ts';
import { Limits } from './limits.ts';
import { timeoutOf } from './timeout-of.ts';

/** The options of rate-limiter-flexible's class. Times are in seconds. */
export interface RateLimiterClusterOptions {
  /** How many a key has in a window. */
  readonly points: number;
  /** How long a window lasts, from a key's first point on; 0: it never ends. */
  readonly duration: number;
  /** How long a key is blocked that has used more than its points. Default: 0, until its window ends. */
  readonly blockDuration?: number | undefined;
  /** What is allowed is spread over the window: `consume()` resolves later. Default: false. */
  readonly execEvenly?: boolean | undefined;
  /** The least that is waited then, in ms. Default: `duration * 1000 / points`. */
  readonly execEvenlyMinDelayMs?: number | undefined;
  /** The name of the limit: limiters of one prefix count together. Default: `'rlflx'`. */
  readonly keyPrefix?: string | undefined;
  /** How long an answer of the primary is waited for, in ms. A lost primary is told at once. Default: 5000. */
  readonly timeoutMs?: number | undefined;
}

export interface ConsumeOptions {
  /** How long a window lasts that begins with this, in seconds; 0: it never ends. */
  readonly customDuration?: number | undefined;
}

/** What came of it, with the names of rate-limiter-flexible. */
export class RateLimiterRes {
  remainingPoints: number;
  /** -1: never. */
  msBeforeNext: number;
  consumedPoints: number;
  isFirstInDuration: boolean;

  constructor(remainingPoints = 0, msBeforeNext = 0, consumedPoints = 0, isFirstInDuration = false) {
    this.remainingPoints = remainingPoints;
    this.msBeforeNext = msBeforeNext;
    this.consumedPoints = consumedPoints;
    this.isFirstInDuration = isFirstInDuration;
  }

  toJSON(): object {
    const { remainingPoints, msBeforeNext, consumedPoints, isFirstInDuration } = this;
    return { remainingPoints, msBeforeNext, consumedPoints, isFirstInDuration };
  }

  toString(): string {
    return JSON.stringify(this.toJSON());
  }
}

/**
 * In place of the class of the same name of rate-limiter-flexible, whose methods and results it has: it is counted for the whole cluster
 * with nothing in the primary's program, and works in the primary as well.
 *
 * Rejected with a `RateLimiterRes` is what is beyond the points; with an error, what could not be counted: ERR_GRAPPOLO_HUB_LOST,
 * ERR_GRAPPOLO_LIMIT_DIFFERS (another limiter of the same `keyPrefix` has other `points` or another `duration`),
 * ERR_GRAPPOLO_CALLS_PENDING, ERR_GRAPPOLO_CALL_TIMEOUT.
 *
 * @example
 * const limiter = new RateLimiterCluster({ keyPrefix: 'login', points: 5, duration: 60 });
 * await limiter.consume(address);
 */
export class RateLimiterCluster {
  readonly #points: number;
  readonly #duration: number;
  readonly #blockDuration: number;
  readonly #execEvenly: boolean;
  readonly #execEvenlyMinDelayMs: number;
  readonly #keyPrefix: string;
  readonly #timeoutMs: number;

  /** @throws {Error} as the package does, where `points`, `duration` or `keyPrefix` cannot be used. */
  constructor(options: RateLimiterClusterOptions) {
    const { points, duration, blockDuration = 0, execEvenly = false, keyPrefix = 'rlflx' } = options;
    if (!Number.isFinite(points)) throw new Error('points must be set and must be a finite number');
    if (!Number.isFinite(duration * 1000) || duration < 0)
      throw new Error('duration must be set and must be a finite, non-negative number');
    if (typeof keyPrefix !== 'string') throw new Error('keyPrefix must be string');
    secondsToMs('blockDuration', blockDuration);
    this.#points = points;
    this.#duration = duration;
    this.#blockDuration = blockDuration;
    this.#execEvenly = execEvenly;
    this.#execEvenlyMinDelayMs =
      options.execEvenlyMinDelayMs ?? (points > 0 ? Math.ceil((duration * 1000) / points) : 0);
    this.#keyPrefix = keyPrefix;
    this.#timeoutMs = timeoutOf(options.timeoutMs);
  }

  // What is asked for carries these: nobody changes them later.

  get points(): number {
    return this.#points;
  }

  get duration(): number {
    return this.#duration;
  }

  get blockDuration(): number {
    return this.#blockDuration;
  }

  get execEvenly(): boolean {
    return this.#execEvenly;
  }

  get execEvenlyMinDelayMs(): number {
    return this.#execEvenlyMinDelayMs;
  }

  get keyPrefix(): string {
    return this.#keyPrefix;
  }

  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  get msDuration(): number {
    return this.duration * 1000;
  }

  get msBlockDuration(): number {
    return this.blockDuration * 1000;
  }

  getKey(key: string | number): string {
    return this.keyPrefix.length > 0 ? `${this.keyPrefix}:${key}` : String(key);
  }

  parseKey(key: string): string {
    return this.keyPrefix.length > 0 ? key.slice(this.keyPrefix.length + 1) : key;
  }

  /** Resolves where the points were there; is rejected with the result where they were not. */
  async consume(key: string | number, points = 1, options?: ConsumeOptions | null): Promise<RateLimiterRes> {
    const result = await this.#add(key, points, options, this.msBlockDuration);
    // The package rejects with it: what tells it from a failure is that it is no error.
    // oxlint-disable-next-line typescript/only-throw-error
    if (result.consumedPoints > this.points) throw result;
    if (this.execEvenly && this.points > 0 && result.msBeforeNext > 0 && !result.isFirstInDuration)
      await this.#delay(result);
    return result;
  }

  /** Takes points, and never rejects since there are none. */
  async penalty(key: string | number, points = 1, options?: ConsumeOptions | null): Promise<RateLimiterRes> {
    return this.#add(key, points, options);
  }

  /** Gives points back; a key may have more than at the begin. */
  async reward(key: string | number, points = 1, options?: ConsumeOptions | null): Promise<RateLimiterRes> {
    return this.#add(key, -points, options);
  }

  /** `null` where the key has no window. */
  async get(key: string | number): Promise<RateLimiterRes | null> {
    const answer = await this.#ask(['get', this.getKey(key)]);
    return answer && this.#resultOf(answer);
  }

  /** Begins a window of so many seconds that has had so many points; 0: it never ends. */
  async set(
    key: string | number,
    points: number,
    secDuration: number = this.duration,
  ): Promise<RateLimiterRes> {
    const forMs = secondsToMs('secDuration', secDuration >= 0 ? secDuration : this.duration);
    await this.#ask(['set', this.getKey(key), checkNumber('points', points), { forMs }]);
    return new RateLimiterRes(0, forMs === 0 ? -1 : forMs, points);
  }

  /** The key has no points for so many seconds; 0: for ever. Default: 0. */
  async block(key: string | number, secDuration = 0): Promise<RateLimiterRes> {
    // The package blocks for ever where this is no time, too.
    return this.set(key, this.points + 1, secDuration > 0 ? secDuration : 0);
  }

  /** Ends the key's window; whether there was one. */
  async delete(key: string | number): Promise<boolean> {
    return (await this.#ask(['reset', this.getKey(key)])) !== null;
  }

  async #add(
    key: string | number,
    points: number,
    given: ConsumeOptions | null | undefined,
    blockMs = 0,
  ): Promise<RateLimiterRes> {
    const customDuration = given?.customDuration;
    const isCustom = customDuration !== undefined && customDuration >= 0;
    const forMs = isCustom ? secondsToMs('customDuration', customDuration) : this.msDuration;
    const options = { forMs, blockMs, isSigned: true };
    return this.#resultOf(await this.#ask(['add', this.getKey(key), checkNumber('points', points), options]));
  }

  async #ask(wish: LimitWish): Promise<LimitAnswer> {
    const terms = { points: this.points, perMs: this.msDuration };
    return here()
      .service(Limits)
      .ask({ kind: 'flexible', name: this.keyPrefix }, terms, wish, { timeoutMs: this.timeoutMs });
  }

  #resultOf(answer: LimitAnswer): RateLimiterRes {
    const [consumed, msLeft, isFirst] = answer ?? [0, 0, 0];
    return new RateLimiterRes(Math.max(this.points - consumed, 0), msLeft, consumed, isFirst === 1);
  }

  async #delay(result: RateLimiterRes): Promise<void> {
    const evenly = Math.ceil(result.msBeforeNext / (result.remainingPoints + 2));
    const delayMs =
      evenly < this.execEvenlyMinDelayMs ? result.consumedPoints * this.execEvenlyMinDelayMs : evenly;
    result.msBeforeNext = Math.max(result.msBeforeNext - delayMs, 0);
    await new Promise((resolve) => own.setTimeout(resolve, delayMs));
  }
}

function secondsToMs(name: string, seconds: number): number {
  if (Number.isFinite(seconds * 1000)) return checkNumber(name, seconds) * 1000;
  throw invalidArgType(name, 'a finite number of seconds, also in ms', seconds);
}

function checkNumber(name: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw invalidArgType(name, 'a finite number', value);
}
