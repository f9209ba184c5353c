import { GrappoloError, invalidArgType, invalidArgValue } from '../../core/errors.ts';
import { checkOptions } from '../check-options.ts';
import { checkSignal } from '../check-signal.ts';
import { HeaderStart } from '../header.ts';
import { checkName } from '../names.ts';
import { here } from '../this-process.ts';
import { CALLS, isTarget, targetFields } from './call-messages.ts';
import { Calls } from './calls.ts';
import type { Answer, Asker } from './calls.ts';
import { Gathering } from './gathering.ts';
import type { Gathered } from './gathering.ts';
import type { CallContext, CallOptions, CallTarget, Contract, Methods } from './contract.ts';

const CALL_MS = 30_000;
const GATHER_MS = 5000;
const OPTIONS = ['signal', 'timeoutMs'] as const;

/** The methods of a contract as a caller has them: each gives a promise, and takes options behind its own arguments. */
export type Callable<M> = {
  readonly [K in keyof M]: M[K] extends (...args: infer A) => infer R
    ? (...args: [...A, options?: CallOptions]) => Promise<Awaited<R>>
    : never;
};

/** The same, asked of all workers. */
export type Gatherable<M> = {
  readonly [K in keyof M]: M[K] extends (...args: infer A) => infer R
    ? (...args: [...A, options?: CallOptions]) => Promise<Gathered<Awaited<R>>>
    : never;
};

/** Ends serving. */
export interface Serving {
  /** New calls are refused; those under way are answered. */
  close(): void;
  [Symbol.dispose](): void;
}

/** The methods of a contract as whoever serves them writes them. */
export type Served<M> = M & ThisType<CallContext>;

/**
 * Answers calls of a contract in this process, primary or worker, from now on. What a method gives, or its promise, is the answer; what it
 * throws arrives at the caller as an error with the same name, message, code and cause. `this` is a `CallContext`.
 *
 * @throws ERR_GRAPPOLO_SERVED_TWICE where this process serves the contract already
 * @throws ERR_INVALID_ARG_TYPE
 */
export function serve<M extends object>(api: Contract<M>, methods: Served<M>): Serving {
  const name = nameOf(api);
  if (typeof methods !== 'object' || methods === null)
    throw invalidArgType('methods', 'an object of functions', methods);
  const calls = here().service(Calls);
  if (calls.serves(name)) throw servedTwice(name);
  const release = here().holdWhileStaying();
  calls.serve(name, methods as unknown as Methods);
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    release();
    calls.unserve(name);
  };
  return { close, [Symbol.dispose]: close };
}

/**
 * The methods of a contract, to be called in another process, or in this one. A call is rejected at once where its target ends
 * (ERR_GRAPPOLO_TARGET_GONE), waits for one that is about to start, and goes to none that is about to leave.
 *
 * @example
 * const n = await call(cache, { slot: 0 }).warm('a key', { timeoutMs: 1000 });
 * @param options for all its calls. Without them, each may have its own, as the last argument: an object of nothing but `signal` and
 *   `timeoutMs`
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function call<M extends object>(
  api: Contract<M>,
  target: CallTarget,
  options?: CallOptions,
): Callable<M> {
  const name = nameOf(api);
  if (!isTarget(target)) {
    const allowed = ["'primary'", "'any'", "'least-loaded'", '{ slot }', '{ id }'];
    throw invalidArgValue('target', target, allowed);
  }
  if (options !== undefined) checkOptions(options, OPTIONS);
  return methodsOf<Callable<M>>((method) => {
    const header = new HeaderStart({ s: CALLS, t: 'call', ...targetFields(target), api: name, m: method });
    const called = `${name}.${method}()`;
    // No async function, which would make a promise more for each call. What is thrown here rejects.
    return (...given) =>
      new Promise<unknown>((resolve, reject) => {
        const { args, signal, timeoutMs = CALL_MS } = withOptions(given, options);
        const question = { name: called, header, args, signal, timeoutMs };
        here().service(Calls).ask(question, new OneAnswer(resolve, reject));
      });
  });
}

/** The first answer is the last. */
class OneAnswer implements Asker {
  readonly #resolve: (value: unknown) => void;
  readonly onFailed: (error: unknown) => void;

  constructor(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    this.#resolve = resolve;
    this.onFailed = reject;
  }

  onAnswer(answer: Answer): boolean {
    if ('error' in answer) this.onFailed(answer.error);
    else this.#resolve(answer.value);
    return true;
  }
}

/**
 * Asks all workers that are not about to leave, one of each slot, and gives what there is when all have answered, have ended, or
 * the time is over. Rejected only where nobody could be asked: by the signal, or since a value cannot be sent.
 *
 * @example
 * const { results, errors, missing } = await gather(cache).warm('a key', { timeoutMs: 1000 });
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function gather<M extends object>(api: Contract<M>, options?: CallOptions): Gatherable<M> {
  const name = nameOf(api);
  if (options !== undefined) checkOptions(options, OPTIONS);
  return methodsOf<Gatherable<M>>((method) => {
    const header = new HeaderStart({ s: CALLS, t: 'gather', api: name, m: method });
    const called = `${name}.${method}()`;
    return async (...given) => {
      const { args, signal, timeoutMs = GATHER_MS } = withOptions(given, options);
      return gatherAll({ name: called, header, args, signal, timeoutMs });
    };
  });
}

async function gatherAll(question: Parameters<Calls['ask']>[0]): Promise<Gathered<unknown>> {
  const gathering = new Gathering();
  return new Promise((resolve, reject) => {
    const end = here()
      .service(Calls)
      .ask(question, {
        onMembers: (members) => {
          gathering.asked(members);
          if (!gathering.isComplete) return;
          end();
          resolve(gathering.gathered);
        },
        onAnswer: (answer) => {
          if (answer.id === undefined && 'error' in answer) {
            // Nobody could be asked.
            reject(answer.error);
            return true;
          }
          gathering.take(answer);
          if (gathering.isComplete) resolve(gathering.gathered);
          return gathering.isComplete;
        },
        onFailed: (error) => {
          if (isTimeout(error) && gathering.isKnown) resolve(gathering.gathered);
          else reject(error);
        },
      });
  });
}

type Method = (...given: readonly unknown[]) => Promise<unknown>;

/** A method for each name that is asked for. */
function methodsOf<T>(make: (name: string) => Method): T {
  const known = new Map<string, Method>();
  const methodOf = (name: string): Method => {
    const before = known.get(name);
    if (before) return before;
    const made = make(name);
    known.set(name, made);
    return made;
  };
  return new Proxy(
    { __proto__: null },
    // Whoever awaits it is not to call a method of the name `then`.
    { get: (_, name) => (typeof name === 'string' && name !== 'then' ? methodOf(name) : undefined) },
  ) as T;
}

function withOptions(
  given: readonly unknown[],
  options: CallOptions | undefined,
): CallOptions & { readonly args: readonly unknown[] } {
  const last = given.at(-1);
  const isOwn = options === undefined && isOptions(last);
  const { signal, timeoutMs } = (isOwn ? last : options) ?? {};
  checkSignal(signal);
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0))
    throw invalidArgType('options.timeoutMs', 'a number of milliseconds', timeoutMs);
  return { args: isOwn ? given.slice(0, -1) : given, signal, timeoutMs };
}

function isOptions(value: unknown): value is CallOptions {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => (OPTIONS as readonly string[]).includes(key));
}

function nameOf(api: unknown): string {
  const name = (api as Partial<Contract<object>> | undefined)?.name;
  if (typeof name !== 'string') throw invalidArgType('api', 'a contract() of grappolo/together', api);
  return checkName('a contract', name);
}

function servedTwice(name: string): GrappoloError {
  return new GrappoloError(
    'ERR_GRAPPOLO_SERVED_TWICE',
    `Cannot serve the contract '${name}' twice in one process: close() what serves it first`,
  );
}

function isTimeout(error: unknown): boolean {
  return error instanceof GrappoloError && error.code === 'ERR_GRAPPOLO_CALL_TIMEOUT';
}
