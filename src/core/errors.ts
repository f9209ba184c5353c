import { inspect } from 'node:util';

import { nearest } from './nearest.ts';

/** Every code that an error of this library can carry, with what it means. */
export const ERROR_CODES = {
  ERR_GRAPPOLO_UNSUPPORTED_RUNTIME: 'This Node.js lacks a hook that the library is built on.',
  ERR_GRAPPOLO_NOT_BOOTED:
    'This process was started as a worker, but what makes it one was not loaded before its program.',
  ERR_GRAPPOLO_FILES_MISSING: 'What a worker has to load is not where this package was.',
  ERR_GRAPPOLO_VERSION_CHANGED: "A primary and the worker's file are of different versions of grappolo.",
  ERR_GRAPPOLO_REGISTER_TOO_LATE:
    "grappolo was loaded before grappolo/register could take node:cluster's place.",
  ERR_GRAPPOLO_INVALID_CONFIG: 'The config file cannot be read, or a value in it is not allowed.',
  ERR_GRAPPOLO_NAME_TAKEN: 'Another instance of this name is running.',
  ERR_GRAPPOLO_NAME_NEEDED: 'Several instances are running, and none was named.',
  ERR_GRAPPOLO_NOT_RUNNING: 'No instance is running, or not the one that was named.',
  ERR_GRAPPOLO_CONTROL_FOLDER:
    'The folder of the control sockets is missing, not safe, or its path too long.',
  ERR_GRAPPOLO_CONTROL_UNSUPPORTED: 'This system has no control sockets.',
  ERR_GRAPPOLO_CONTROL_LOST: 'The instance has closed the connection, or has not answered.',
  ERR_GRAPPOLO_CONTROL_REFUSED: 'The instance does not take a request like this.',
  ERR_GRAPPOLO_OPS_ADDRESS: 'The operations address is none, is not safe, or cannot be had.',
  ERR_GRAPPOLO_OPS_TOKEN: 'The file with the token of the operations address cannot be used.',
  ERR_GRAPPOLO_NOT_PRIMARY: 'Only a primary can do this, and this process is a worker.',
  ERR_GRAPPOLO_BUSY:
    'A reload, a change of the number of workers or a replacement is under way, or there is another supervisor.',
  ERR_GRAPPOLO_CLOSED: 'The supervisor is closed, or about to be.',
  ERR_GRAPPOLO_GAVE_UP: 'No worker was ever ready, and too many have failed.',
  ERR_GRAPPOLO_RELOAD_FAILED: 'A replacement was not ready in time, or ended.',
  ERR_GRAPPOLO_SCALE_FAILED: 'A worker of a new slot was not ready in time, or ended.',
  ERR_GRAPPOLO_REPLACE_FAILED:
    'The worker that was to take the place of another was not ready in time, or ended.',
  ERR_GRAPPOLO_NO_HUB:
    'This process is none that works together with the cluster: a thread, or a worker of another.',
  ERR_GRAPPOLO_HUB_LOST: 'The primary, through which all goes that workers say to each other, is gone.',
  ERR_GRAPPOLO_INVALID_NAME:
    'A name of a channel, a contract, a lock and the like is a text of 1 to 255 characters.',
  ERR_GRAPPOLO_CANNOT_CLONE: 'A value cannot be sent to another process.',
  ERR_GRAPPOLO_SERVED_TWICE: 'This process serves the contract already.',
  ERR_GRAPPOLO_NO_TARGET: 'Nobody is there who could answer a call.',
  ERR_GRAPPOLO_NOT_SERVED: 'Whoever was to answer a call does not serve its contract.',
  ERR_GRAPPOLO_NO_METHOD: 'Whoever was to answer a call serves its contract without this method.',
  ERR_GRAPPOLO_TARGET_GONE: 'Whoever was to answer a call has ended, or is about to.',
  ERR_GRAPPOLO_CALL_TIMEOUT: 'A call had no answer in time.',
  ERR_GRAPPOLO_LOCK_STOLEN: 'A lock that was held has been stolen by another request.',
  ERR_GRAPPOLO_LIMIT_DIFFERS: 'Two processes of a cluster have given one limit different terms.',
  ERR_GRAPPOLO_INVALID_SCHEDULE: 'A schedule is neither a number of ms nor a cron expression.',
  ERR_GRAPPOLO_NO_CRON: 'A cron expression takes the package croner, which is not installed.',
  ERR_GRAPPOLO_NO_FLEET: 'A fleet takes the package grappolo-fleet, which is not installed.',
  ERR_GRAPPOLO_NOT_IN_FLEET:
    'What is meant for all hosts of a fleet is asked for on a host that has joined none.',
  ERR_GRAPPOLO_FLEET_TWICE: 'This process uses a fleet already.',
  ERR_GRAPPOLO_LEASE_LOST:
    'A job of the fleet is to come to its end, since its host holds the lease no more.',
  ERR_GRAPPOLO_CALLS_PENDING: 'Too much waits for whoever was to answer a call.',
} as const;

/** Every code that a process warning of this library can carry, with what it means. */
export const WARNING_CODES = {
  GRAPPOLO_FOREIGN_WORKER: "This process was started by Node's own cluster, whose worker it stays.",
  GRAPPOLO_NO_KERNEL_POLICY:
    "The scheduling policy 'kernel' needs Linux, and Node 22.12 or koffi: workers accept on one socket, as with SCHED_NONE.",
  GRAPPOLO_NO_STEERING:
    "The scheduling policy 'kernel' cannot be steered here: the kernel's own hash decides.",
  GRAPPOLO_SCHEDULER_FAILED:
    "The program's scheduler threw or picked nobody: connections go in turn instead.",
  GRAPPOLO_LISTENER_FAILED: "A listener for a supervisor's events threw.",
  GRAPPOLO_NO_GUARD: 'Workers that hang may go on when this process is killed.',
  GRAPPOLO_DRAIN_FAILED: 'What the program wanted to finish while this worker drains has failed.',
  GRAPPOLO_NO_METRICS: 'What the program counts by itself cannot be read.',
  GRAPPOLO_SERIES_FORGOTTEN:
    'What workers have counted that have ended is too much to be remembered: the oldest is forgotten.',
  GRAPPOLO_MESSAGES_DROPPED:
    'Messages of a channel were dropped: too many waited for one who did not read them.',
  GRAPPOLO_RUNS_MISSED: 'Runs of every() were due and were not made.',
  GRAPPOLO_RUN_FAILED: 'A run of every() has failed.',
  GRAPPOLO_FLEET_FAILED: 'What joins this host to a fleet has failed.',
  GRAPPOLO_NO_NOTIFY: 'The service manager cannot be told how the service is.',
  GRAPPOLO_SOCKET_UNUSED: 'A socket that the service manager passed is used by no server.',
  GRAPPOLO_LIMIT_FULL: 'A limit has as many keys as it may have: for a new one, the oldest is forgotten.',
  GRAPPOLO_NO_QUEUE_LANE: 'Connections go to workers one message each, which takes more CPU time.',
} as const;

export type WarningCode = keyof typeof WARNING_CODES;

export type GrappoloErrorCode = keyof typeof ERROR_CODES;

/** The one error class of this library; tell errors apart by `code`. */
export class GrappoloError extends Error {
  readonly code: GrappoloErrorCode;

  constructor(code: GrappoloErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GrappoloError';
    this.code = code;
  }
}

/** A TypeError with Node's own code for a value outside the allowed ones. */
export function invalidArgValue(name: string, value: unknown, allowed: readonly string[]): TypeError {
  const rule = allowed.length === 1 ? `${allowed[0]}` : `one of: ${allowed.join(', ')}`;
  return withCode(
    new TypeError(`The argument '${name}' must be ${rule}. Received ${inspect(value)}`),
    'ERR_INVALID_ARG_VALUE',
  );
}

/** The same for an option that there is not. */
export function unknownOption(group: string, key: string, known: readonly string[]): TypeError {
  const near = nearest(key, known);
  const hint = near === undefined ? `It has: ${known.join(', ')}` : `Did you mean ${group}.${near}?`;
  return withCode(new TypeError(`There is no option '${group}.${key}'. ${hint}`), 'ERR_INVALID_ARG_VALUE');
}

/** A TypeError with Node's own code for an argument of the wrong type, or a property of one, such as `options.signal`. */
export function invalidArgType(name: string, expected: string, value: unknown): TypeError {
  return withCode(
    new TypeError(
      `The "${name}" ${name.includes('.') ? 'property' : 'argument'} must be ${expected}. Received ${inspect(value)}`,
    ),
    'ERR_INVALID_ARG_TYPE',
  );
}

/** A RangeError with Node's own code for a port that no socket can have. */
export function badPort(name: string, value: unknown): RangeError {
  return withCode(
    new RangeError(`${name} should be >= 0 and < 65536. Received ${inspect(value)}.`),
    'ERR_SOCKET_BAD_PORT',
  );
}

function withCode<E extends Error>(error: E, code: string): E {
  return Object.assign(error, { code });
}
