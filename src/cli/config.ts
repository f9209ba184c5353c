import { inspect } from 'node:util';

import type { RestartOptions } from '../api/supervisor.ts';
import { nearest } from '../core/nearest.ts';
import { isText, milliseconds, START_OPTIONS, wholeNumber } from './start-options.ts';
import type { StartOptions, ValueRule } from './start-options.ts';

/** What a config file can say: what flags can, and more. Paths are relative to the file. */
export interface Config extends StartOptions {
  /** The program. */
  readonly file?: string | undefined;
  /** What the program finds in `process.argv` after its own name. */
  readonly args?: readonly string[] | undefined;
  /** Arguments for Node itself. */
  readonly execArgv?: readonly string[] | undefined;
  /** Added to the environment; `null` takes a variable out. */
  readonly env?: Readonly<Record<string, string | null>> | undefined;
  readonly restart?: RestartOptions | undefined;
}

/** What a config file gives, with all that is wrong with it. */
export interface CheckedConfig {
  readonly config: Config;
  /** Each names a key, its value and what is allowed. */
  readonly problems: readonly string[];
}

type Rules<T> = { readonly [K in keyof T]-?: ValueRule<NonNullable<T[K]>> };

const ARGUMENTS: ValueRule<readonly string[]> = {
  allowed: 'an array of strings',
  check: (value) =>
    Array.isArray(value) && value.every((each: unknown) => isArgument(each)) ? value : undefined,
};

const VARIABLE: ValueRule<string | null> = {
  allowed: 'a string, or null to take it out',
  check: (value) => (value === null || isArgument(value) ? value : undefined),
};

const RULES: Rules<Omit<Config, 'env' | 'restart'>> = {
  file: { allowed: "the program's file", check: (value) => (isText(value) ? value : undefined) },
  args: ARGUMENTS,
  execArgv: ARGUMENTS,
  ...START_OPTIONS,
};

const RESTART_RULES: Rules<RestartOptions> = {
  minDelayMs: milliseconds(0),
  maxDelayMs: milliseconds(0),
  factor: numberBetween(1, Number.MAX_SAFE_INTEGER),
  jitter: numberBetween(0, 1),
  windowMs: milliseconds(1),
  maxFailedStarts: { allowed: 'a whole number from 1', check: (value) => wholeNumber(value, 1) },
};

const KEYS: readonly string[] = [...Object.keys(RULES), 'env', 'restart'];

/** Checks what a config file has given, whatever it is. */
export function checkConfig(value: unknown): CheckedConfig {
  if (!isObject(value)) {
    return { config: {}, problems: [`it must give an object, not ${show(value)}`] };
  }
  const problems: string[] = [];
  const { env, restart, ...rest } = value;
  const config: Config = {
    ...checkKeys(rest, { rules: RULES, known: KEYS, prefix: '' }, problems),
    ...(env !== undefined && { env: checkEnvironment(env, problems) }),
    ...(restart !== undefined && { restart: checkRestart(restart, problems) }),
  };
  return { config, problems };
}

function checkKeys<T>(
  given: Readonly<Record<string, unknown>>,
  where: { readonly rules: Rules<T>; readonly known: readonly string[]; readonly prefix: string },
  problems: string[],
): Partial<T> {
  const { rules, known, prefix } = where;
  const checked: [string, unknown][] = [];
  for (const [key, value] of Object.entries(given)) {
    if (!isKeyOf(rules, key)) {
      const near = nearest(key, known);
      const hint = near === undefined ? `it may be ${known.join(', ')}` : `did you mean ${prefix}${near}?`;
      problems.push(`${prefix}${key} is unknown; ${hint}`);
    } else if (value !== undefined) {
      checked.push([key, checkValue(`${prefix}${key}`, value, rules[key], problems)]);
    }
  }
  // Each value has passed the rule of its key.
  return Object.fromEntries(checked) as Partial<T>;
}

function checkEnvironment(value: unknown, problems: string[]): Config['env'] {
  if (!isObject(value)) {
    problems.push(`env must be an object of strings, not ${show(value)}`);
    return undefined;
  }
  const variables = Object.entries(value).filter(([, each]) => each !== undefined);
  const checked = variables.map(([name, each]) => {
    if (name === '' || /[=\0]/.test(name))
      problems.push(`env has no variable that can be named ${show(name)}`);
    return [name, checkValue(`env.${name}`, each, VARIABLE, problems) ?? null] as const;
  });
  return Object.fromEntries(checked);
}

function checkRestart(value: unknown, problems: string[]): Config['restart'] {
  if (!isObject(value)) {
    problems.push(`restart must be an object, not ${show(value)}`);
    return undefined;
  }
  const where = { rules: RESTART_RULES, known: Object.keys(RESTART_RULES), prefix: 'restart.' };
  const restart = checkKeys(value, where, problems);
  const { minDelayMs, maxDelayMs } = restart;
  if (minDelayMs !== undefined && maxDelayMs !== undefined && maxDelayMs < minDelayMs) {
    problems.push(`restart.maxDelayMs must be at least restart.minDelayMs, ${minDelayMs}, not ${maxDelayMs}`);
  }
  return restart;
}

function checkValue<T>(key: string, value: unknown, rule: ValueRule<T>, problems: string[]): T | undefined {
  const checked = rule.check(value);
  if (checked === undefined) problems.push(`${key} must be ${rule.allowed}, not ${show(value)}`);
  return checked;
}

function numberBetween(from: number, to: number): ValueRule<number> {
  const isWithin = (value: unknown): value is number =>
    typeof value === 'number' && Number.isFinite(value) && value >= from && value <= to;
  return {
    allowed: to === Number.MAX_SAFE_INTEGER ? `a number from ${from}` : `a number from ${from} to ${to}`,
    check: (value) => (isWithin(value) ? value : undefined),
  };
}

/** An argument or a variable may be empty. */
function isArgument(value: unknown): value is string {
  return value === '' || isText(value);
}

function isKeyOf<T>(rules: Rules<T>, key: string): key is Extract<keyof T, string> {
  return Object.hasOwn(rules, key);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value in one short line. */
function show(value: unknown): string {
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : inspect(value, { depth: 1, breakLength: Infinity, compact: true, maxArrayLength: 5 });
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
