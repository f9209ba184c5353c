import type { SchedulingPolicy } from '../api/cluster.ts';
import type { OpsOptions, ReadyEvent, SuperviseOptions } from '../api/supervisor.ts';
import { invalidArgType, invalidArgValue, unknownOption } from '../core/errors.ts';
import type { PoolPolicy } from '../core/pool.ts';
import type { RestartPolicy } from '../core/restart-policy.ts';
import { usableCpus } from '../system/cpus.ts';

/** What a supervisor was asked for, checked and complete. Durations are in ms. */
export interface Plan {
  readonly name: string | undefined;
  readonly exec: string;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly workers: number;
  /** Whether there are to be as many workers as CPUs, also when there are others. */
  readonly followsCpus: boolean;
  readonly schedulingPolicy: SchedulingPolicy | undefined;
  /** Whether the service manager is told, where there is one. */
  readonly notify: boolean;
  readonly readyOn: ReadyEvent;
  readonly readyTimeoutMs: number;
  readonly pool: PoolPolicy;
  readonly drainTimeoutMs: number;
  readonly idleGraceMs: number;
  readonly killAfterMs: number;
  /** 0: a worker may be silent for ever. */
  readonly hangMs: number;
  /** 0: a worker may have any memory. */
  readonly maxMemoryMb: number;
  readonly ops: OpsOptions | undefined;
}

const SINGLE = [
  'name',
  'exec',
  'args',
  'execArgv',
  'env',
  'cwd',
  'uid',
  'gid',
  'workers',
  'schedulingPolicy',
  'notify',
  'onEvent',
  'onOutput',
] as const satisfies readonly (keyof SuperviseOptions)[];

/** Options that hold others. */
const GROUPED = {
  ready: ['on', 'timeoutMs'],
  restart: ['minDelayMs', 'maxDelayMs', 'factor', 'jitter', 'windowMs', 'maxFailedStarts'],
  reload: ['maxSurge', 'soakMs'],
  drain: ['timeoutMs', 'idleGraceMs', 'killAfterMs'],
  health: ['hangMs', 'maxMemoryMb'],
  ops: ['address', 'tokenFile', 'allowRemote', 'allowHosts', 'minReady'],
} as const;

const READY_ON = ['listening', 'message', 'online'] as const;

const MIN_DELAY_MS = 200;
const MAX_DELAY_MS = 30_000;

/** How long a worker has to be ready. */
export const DEFAULT_READY_TIMEOUT_MS = 10_000;

/** @throws ERR_INVALID_ARG_TYPE and ERR_INVALID_ARG_VALUE, naming the option. */
export function planOf(options: SuperviseOptions, facts: Pick<NodeJS.Process, 'argv' | 'execArgv'>): Plan {
  const check = new Check(options);
  check.onlyHas([...SINGLE, ...Object.keys(GROUPED)]);
  const ready = check.group('ready');
  const restart = check.group('restart');
  const reload = check.group('reload');
  const drain = check.group('drain');
  const health = check.group('health');
  check.callback('onEvent');
  check.callback('onOutput');
  const workers = options.workers === 'auto' ? undefined : check.whole('workers', 1, " or 'auto'");
  const maxSurge = surgeOf(options.reload?.maxSurge ?? '25%');
  const { schedulingPolicy } = options;
  return {
    name: check.text('name'),
    exec: check.text('exec') ?? facts.argv[1] ?? fail('options.exec', 'a file', undefined),
    args: check.texts('args') ?? [],
    execArgv: check.texts('execArgv') ?? facts.execArgv,
    env: check.variables('env') ?? {},
    cwd: check.text('cwd'),
    uid: check.whole('uid', 0),
    gid: check.whole('gid', 0),
    workers: workers ?? usableCpus(),
    followsCpus: workers === undefined,
    schedulingPolicy,
    notify: check.boolean('notify') ?? true,
    readyOn: ready.oneOf('on', READY_ON) ?? 'listening',
    readyTimeoutMs: ready.duration('timeoutMs', 1) ?? DEFAULT_READY_TIMEOUT_MS,
    pool: {
      restart: {
        ...delaysOf(restart),
        factor: restart.number('factor', 1) ?? 2,
        jitter: restart.number('jitter', 0, 1) ?? 0.2,
        windowMs: restart.duration('windowMs', 1) ?? 300_000,
        maxFailedStarts: restart.whole('maxFailedStarts', 1) ?? 5,
      },
      maxSurge,
      soakMs: reload.duration('soakMs', 0) ?? 0,
    },
    drainTimeoutMs: drain.duration('timeoutMs', 0) ?? 30_000,
    idleGraceMs: drain.duration('idleGraceMs', 0) ?? 1000,
    killAfterMs: drain.duration('killAfterMs', 0) ?? 5000,
    hangMs: health.duration('hangMs', 0) ?? 10_000,
    maxMemoryMb: health.number('maxMemoryMb', 0) ?? 0,
    ops: typeof options.ops === 'string' ? { address: options.ops } : opsOf(check),
  };
}

function opsOf(check: Check): OpsOptions | undefined {
  if (!check.has('ops')) return undefined;
  const ops = check.group('ops');
  return {
    address: ops.text('address') ?? fail('options.ops.address', 'an address', undefined),
    tokenFile: ops.text('tokenFile'),
    allowRemote: ops.boolean('allowRemote'),
    allowHosts: ops.texts('allowHosts'),
    minReady: ops.whole('minReady', 0),
  };
}

/** The default of one gives way to the other. */
function delaysOf(restart: Check): Pick<RestartPolicy, 'minDelayMs' | 'maxDelayMs'> {
  const minDelayMs = restart.duration('minDelayMs', 0);
  const maxDelayMs = restart.duration('maxDelayMs', 0);
  if (minDelayMs !== undefined && maxDelayMs !== undefined && maxDelayMs < minDelayMs) {
    throw invalidArgValue('options.restart.maxDelayMs', maxDelayMs, [
      `a number from options.restart.minDelayMs, ${minDelayMs}`,
    ]);
  }
  return {
    minDelayMs: minDelayMs ?? Math.min(MIN_DELAY_MS, maxDelayMs ?? MIN_DELAY_MS),
    maxDelayMs: maxDelayMs ?? Math.max(MAX_DELAY_MS, minDelayMs ?? MAX_DELAY_MS),
  };
}

function surgeOf(maxSurge: number | string): (slots: number) => number {
  const percentage = /^(\d{1,4}(?:\.\d+)?)%$/.exec(String(maxSurge))?.[1];
  if (percentage !== undefined) return (slots) => Math.max(1, Math.floor((slots * Number(percentage)) / 100));
  if (typeof maxSurge === 'number' && Number.isSafeInteger(maxSurge) && maxSurge >= 1) return () => maxSurge;
  throw invalidArgValue('options.reload.maxSurge', maxSurge, [
    "a whole number from 1 or a percentage such as '25%'",
  ]);
}

function fail(name: string, expected: string, value: unknown): never {
  throw invalidArgType(name, expected, value);
}

/** Longer than this a timer of Node cannot wait. */
const MAX_MS = 2 ** 31 - 1;

/** Reads options by name, and throws for what they must not be. */
class Check {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #name: string;

  constructor(values: unknown, name = 'options') {
    if (typeof values !== 'object' || values === null || Array.isArray(values))
      fail(name, 'an object', values);
    this.#values = values as Record<string, unknown>;
    this.#name = name;
  }

  group(key: keyof typeof GROUPED): Check {
    const group = new Check(this.#values[key] ?? {}, this.#full(key));
    group.onlyHas(GROUPED[key]);
    return group;
  }

  /** A name that is written wrongly would be an option that does nothing. */
  onlyHas(known: readonly string[]): void {
    for (const key of Object.keys(this.#values)) {
      if (!known.includes(key)) throw unknownOption(this.#name, key, known);
    }
  }

  has(key: string): boolean {
    return this.#values[key] !== undefined;
  }

  boolean(key: string): boolean | undefined {
    const value = this.#values[key];
    if (value === undefined || typeof value === 'boolean') return value;
    return fail(this.#full(key), 'a boolean', value);
  }

  callback(key: string): void {
    const value = this.#values[key];
    if (value !== undefined && typeof value !== 'function') fail(this.#full(key), 'a function', value);
  }

  variables(key: string): NodeJS.ProcessEnv | undefined {
    const value = this.#values[key];
    if (value === undefined) return undefined;
    const isObject = typeof value === 'object' && value !== null;
    return isObject ? (value as NodeJS.ProcessEnv) : fail(this.#full(key), 'an object', value);
  }

  text(key: string): string | undefined {
    const value = this.#values[key];
    if (value === undefined) return undefined;
    return typeof value === 'string' && value !== '' ? value : fail(this.#full(key), 'a string', value);
  }

  texts(key: string): string[] | undefined {
    const value = this.#values[key];
    if (value === undefined) return undefined;
    const isList = Array.isArray(value) && value.every((each) => typeof each === 'string');
    return isList ? value : fail(this.#full(key), 'an array of strings', value);
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T | undefined {
    const value = this.#values[key];
    if (value === undefined) return undefined;
    const found = allowed.find((each) => each === value);
    if (found === undefined) throw invalidArgValue(this.#full(key), value, allowed);
    return found;
  }

  number(key: string, min: number, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.#values[key];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    const limit = max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`;
    throw invalidArgValue(this.#full(key), value, [`a number from ${min}${limit}`]);
  }

  duration(key: string, min: number): number | undefined {
    return this.number(key, min, MAX_MS);
  }

  /** @param rest what else it may be, in words that follow */
  whole(key: string, min: number, rest = ''): number | undefined {
    const value = this.#values[key];
    if (value === undefined) return value;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
    throw invalidArgValue(this.#full(key), value, [`a whole number from ${min}${rest}`]);
  }

  #full(key: string): string {
    return `${this.#name}.${key}`;
  }
}
