import { checkName } from '../names.ts';

/** What can be called of a contract: methods whose values can be sent to another process. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever takes arguments at all
export type Methods = { readonly [name: string]: (...args: any[]) => unknown };

/** What two ends share: a name, and the types of the methods. */
export interface Contract<M> {
  readonly name: string;
  /** Never there: it carries the type. */
  readonly methods?: M;
}

/**
 * A contract, which whoever answers serves with `serve()` and others call with `call()` and `gather()`.
 *
 * @example
 * export const cache = contract<{ warm(key: string): Promise<number> }>('cache');
 * @param name the same in all processes: 1 to 255 characters
 * @throws ERR_GRAPPOLO_INVALID_NAME
 */
export function contract<M extends object>(name: string): Contract<M> {
  return Object.freeze({ name: checkName('a contract', name) });
}

/** Who answers a call: the primary, the worker in a slot or with an id, the next one in turn of those that serve it, or the one with the least to do. */
export type CallTarget =
  'primary' | 'any' | 'least-loaded' | { readonly slot: number } | { readonly id: number };

export interface CallOptions {
  /** Ends the call: it is rejected with the signal's reason, and `this.signal` of the one that answers is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** How long it may take, in ms. Default: 30,000; of `gather()`: 5,000. */
  readonly timeoutMs?: number | undefined;
}

/** What a method finds as `this`. */
export interface CallContext {
  /** Aborted when the caller is not interested any more, or has ended. */
  readonly signal: AbortSignal;
  /** The caller's worker id; 0 is the primary. */
  readonly callerId: number;
}
