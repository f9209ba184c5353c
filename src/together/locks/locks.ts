import { GrappoloError, invalidArgType, invalidArgValue } from '../../core/errors.ts';
import { hubLost } from '../here.ts';
import type { Here } from '../here.ts';
import { decodeBody } from '../body.ts';
import { checkSignal } from '../check-signal.ts';
import { checkName } from '../names.ts';
import { here } from '../this-process.ts';
import { webError } from '../web-error.ts';
import { LOCKS } from './lock-service.ts';
import type { LockInfo } from './lock-service.ts';
import type { LockMode } from './lock-table.ts';

/** A lock that is held, until the promise of the callback that was given it is settled. */
export interface Lock {
  readonly name: string;
  readonly mode: LockMode;
}

export interface LockRequestOptions {
  /** `'shared'`: others that share may hold it as well. Default: `'exclusive'`. */
  readonly mode?: LockMode | undefined;
  /** The callback is given `null` where the lock cannot be had at once. Default: false. */
  readonly ifAvailable?: boolean | undefined;
  /** Takes it from all who hold it: their requests are rejected with an AbortError, and their callbacks go on. Default: false. */
  readonly steal?: boolean | undefined;
  /** Gives up waiting. */
  readonly signal?: AbortSignal | undefined;
}

/** All locks of the cluster at one moment. */
export interface LockSnapshot {
  readonly held: readonly LockInfo[];
  /** In the order in which they will be granted, by name. */
  readonly pending: readonly LockInfo[];
}

export type LockCallback<L, T> = (lock: L) => T | PromiseLike<T>;

/** Locks that all processes of the cluster share, with the rules of the Web Locks API. */
export interface Locks {
  /**
   * Waits for a lock, and holds it until what the callback gives is settled, which is then the result. What holds a lock and ends has
   * released it.
   *
   * @example
   * await locks.request('invoices', async () => writeInvoices());
   * @throws {GrappoloError} ERR_GRAPPOLO_INVALID_NAME, ERR_GRAPPOLO_HUB_LOST, ERR_GRAPPOLO_LOCK_STOLEN (its name is AbortError)
   * @throws {DOMException} NotSupportedError for options that exclude each other, and for a name that begins with `-`
   */
  request<T>(name: string, callback: LockCallback<Lock, T>): Promise<T>;
  request<T>(
    name: string,
    options: LockRequestOptions & { readonly ifAvailable: true },
    callback: LockCallback<Lock | null, T>,
  ): Promise<T>;
  request<T>(name: string, options: LockRequestOptions, callback: LockCallback<Lock, T>): Promise<T>;
  /** What is held and what is waited for. */
  query(): Promise<LockSnapshot>;
}

export const locks: Locks = { request, query };

async function request<T>(
  name: string,
  ...rest: [LockCallback<Lock, T>] | [LockRequestOptions, LockCallback<Lock, T>]
): Promise<T> {
  const [options, callback] = rest.length === 1 ? [{}, rest[0]] : rest;
  const checked = check(checkName('a lock', name), options, callback);
  const held = await Held.acquire(here(), checked);
  // Of `ifAvailable`, whose callback takes it.
  if (!held) return callback(null as unknown as Lock);
  try {
    return await Promise.race([callback({ name, mode: checked.mode }), held.lost]);
  } finally {
    held.release();
  }
}

async function query(): Promise<LockSnapshot> {
  const process = here();
  const release = process.hold();
  return new Promise((resolve, reject) => {
    const end = (n: number): void => {
      process.forget(n);
      release();
    };
    const n = process.ask({ s: LOCKS, t: 'query' }, undefined, (answer) => {
      if (answer) {
        // A long one comes in pieces, between which the hub may be lost.
        answer.whole((body) => {
          end(n);
          try {
            resolve(decodeBody(body) as LockSnapshot);
          } catch (error) {
            reject(error);
          }
        });
      } else {
        end(n);
        reject(hubLost('ask for locks'));
      }
    });
  });
}

interface CheckedRequest {
  readonly name: string;
  readonly mode: LockMode;
  readonly ifAvailable: boolean;
  readonly steal: boolean;
  readonly signal: AbortSignal | undefined;
}

function check(
  name: string,
  given: LockRequestOptions | null | undefined,
  callback: unknown,
): CheckedRequest {
  if (typeof callback !== 'function') throw invalidArgType('callback', 'a function', callback);
  // As for every dictionary of the web.
  const options = given ?? {};
  if (typeof options !== 'object') throw invalidArgType('options', 'an object', options);
  const { mode = 'exclusive', ifAvailable = false, steal = false, signal } = options;
  if (mode !== 'exclusive' && mode !== 'shared')
    throw invalidArgValue('options.mode', mode, ["'exclusive'", "'shared'"]);
  if (typeof ifAvailable !== 'boolean') throw invalidArgType('options.ifAvailable', 'a boolean', ifAvailable);
  if (typeof steal !== 'boolean') throw invalidArgType('options.steal', 'a boolean', steal);
  checkSignal(signal);
  if (name.startsWith('-')) throw notSupported("a lock's name cannot begin with '-'");
  if (steal && ifAvailable) throw notSupported("'steal' and 'ifAvailable' exclude each other");
  if (steal && mode === 'shared') throw notSupported("'steal' takes an exclusive lock");
  if (signal && (steal || ifAvailable))
    throw notSupported("'signal' ends a wait, and with 'steal' or 'ifAvailable' there is none");
  signal?.throwIfAborted();
  return { name, mode, ifAvailable, steal, signal };
}

/** A lock that this process holds. */
class Held {
  /** Rejected where the lock is lost, and settled by nothing else. */
  readonly lost: Promise<never>;
  readonly release: () => void;

  private constructor(lost: Promise<never>, release: () => void) {
    this.lost = lost;
    this.release = release;
  }

  /** `undefined` where it cannot be had at once. */
  static async acquire(process: Here, { signal, ...wanted }: CheckedRequest): Promise<Held | undefined> {
    const letGo = process.hold();
    let onGranted: (isGranted: boolean) => void;
    let onFailed: (error: unknown) => void;
    let onLost: (error: unknown) => void;
    const granted = new Promise<boolean>((resolve, reject) => {
      onGranted = resolve;
      onFailed = reject;
    });
    const lost = new Promise<never>((_, reject) => (onLost = reject));
    // Its holder may be done when it is lost.
    lost.catch(() => {});
    const n = process.ask({ s: LOCKS, t: 'request', ...wanted }, undefined, (answer) => {
      const is = answer?.header.get('is');
      if (is === 'granted' || is === 'unavailable') {
        onGranted(is === 'granted');
        return;
      }
      const error = answer ? stolen(wanted.name) : hubLost(`hold the lock '${wanted.name}'`);
      onFailed(error);
      onLost(error);
    });
    const release = (): void => {
      process.forget(n);
      process.send({ s: LOCKS, t: 'release', n, name: wanted.name });
    };
    const onAbort = (): void => onFailed(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      if (await granted) return new Held(lost, release);
    } catch (error) {
      release();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
      // A lock that is held keeps no process running by itself, as with Node's own: what is done with it does.
      letGo();
    }
    release();
    return undefined;
  }
}

function stolen(name: string): GrappoloError {
  return webError(
    'AbortError',
    'ERR_GRAPPOLO_LOCK_STOLEN',
    `Cannot hold the lock '${name}' any longer: another request has stolen it`,
  );
}

function notSupported(why: string): DOMException {
  return new DOMException(`Cannot request this lock: ${why}`, 'NotSupportedError');
}
