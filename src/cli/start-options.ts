import { POLICY_NAMES } from '../core/policy.ts';
import type { PolicyName } from '../core/policy.ts';
import { isName, NAME_RULE } from './control/name.ts';

/** What both a flag of `grappolo start` and a key of its config file can say. Durations are in milliseconds. */
export interface StartOptions {
  /** `'max'`: as many as there are CPUs to use. */
  readonly workers?: number | 'max' | undefined;
  readonly name?: string | undefined;
  readonly policy?: PolicyName | undefined;
  readonly ready?: 'listening' | 'message' | 'online' | undefined;
  readonly readyTimeout?: number | undefined;
  readonly hangTimeout?: number | undefined;
  /** In MiB. */
  readonly maxMemory?: number | undefined;
  readonly drainTimeout?: number | undefined;
  readonly idleGrace?: number | undefined;
  readonly maxSurge?: number | `${number}%` | undefined;
  readonly soak?: number | undefined;
  readonly log?: 'text' | 'json' | 'auto' | undefined;
  readonly cwd?: string | undefined;
  /** Where metrics and the page are served. */
  readonly ops?: string | undefined;
  readonly opsTokenFile?: string | undefined;
  readonly opsAllowRemote?: boolean | undefined;
  /** With commas between them on the command line. */
  readonly opsAllowHosts?: readonly string[] | undefined;
  readonly opsMinReady?: number | undefined;
  /** Addresses of the engine that hosts of a fleet share; with commas between them on the command line. */
  readonly fleet?: readonly string[] | undefined;
  readonly fleetName?: string | undefined;
  /** What this host is called in it. */
  readonly fleetHost?: string | undefined;
  readonly fleetCredentials?: string | undefined;
  readonly fleetCa?: string | undefined;
  readonly fleetCert?: string | undefined;
  readonly fleetKey?: string | undefined;
  readonly fleetInKubernetes?: boolean | undefined;
}

/** What a value may be. */
export interface ValueRule<T> {
  /** In words that follow "must be". */
  readonly allowed: string;
  /** The value where it is allowed, else `undefined`. */
  readonly check: (value: unknown) => T | undefined;
}

/** The same for a value that can be given as text, too. */
export interface OptionRule<T> extends ValueRule<T> {
  /** What the help calls the value; `undefined` for a flag that has none. */
  readonly placeholder: string | undefined;
  /** The value that a text stands for, still to be checked. */
  readonly parse: (text: string) => unknown;
}

/** The longest time that a timer of Node's takes. */
const MAX_MS = 2 ** 31 - 1;

/** By key; see `flagOf()`. */
export const START_OPTIONS: {
  readonly [K in keyof StartOptions]-?: OptionRule<NonNullable<StartOptions[K]>>;
} = {
  workers: {
    placeholder: 'N|max',
    allowed: 'a whole number from 1 or "max"',
    parse: parseNumber,
    check: (value) => (value === 'max' ? value : wholeNumber(value, 1)),
  },
  name: { placeholder: 'NAME', allowed: NAME_RULE, parse: asText, check: (value) => pick(isName, value) },
  policy: oneOf('POLICY', POLICY_NAMES),
  ready: oneOf('WHEN', ['listening', 'message', 'online']),
  readyTimeout: milliseconds(1),
  hangTimeout: milliseconds(0),
  maxMemory: {
    placeholder: 'MB',
    allowed: 'a whole number of MiB from 1',
    parse: parseNumber,
    check: (value) => wholeNumber(value, 1),
  },
  drainTimeout: milliseconds(0),
  idleGrace: milliseconds(0),
  maxSurge: {
    placeholder: 'N|N%',
    allowed: 'a whole number from 1 or a percentage from "1%" to "100%"',
    parse: parseNumber,
    check: (value) => pick(isPercentage, value) ?? wholeNumber(value, 1),
  },
  soak: milliseconds(0),
  log: oneOf('FORMAT', ['text', 'json', 'auto']),
  cwd: { placeholder: 'DIR', allowed: 'a folder', parse: asText, check: (value) => pick(isText, value) },
  ops: {
    placeholder: 'ADDRESS',
    allowed: 'HOST:PORT or unix:/PATH',
    parse: asText,
    check: (value) => pick(isText, value),
  },
  opsTokenFile: aFile(),
  opsAllowRemote: aSwitch(),
  opsAllowHosts: {
    placeholder: 'HOST,…',
    allowed: 'names of hosts',
    parse: (text) => text.split(','),
    check: (value) => (Array.isArray(value) && value.every(isText) ? value : undefined),
  },
  opsMinReady: {
    placeholder: 'N',
    allowed: 'a whole number from 0',
    parse: parseNumber,
    check: (value) => wholeNumber(value, 0),
  },
  fleet: {
    placeholder: 'URL,…',
    allowed: "addresses of the fleet's engine, such as nats://nats-1:4222",
    parse: asText,
    check: (value) =>
      addresses(typeof value === 'string' ? value.split(',').map((each) => each.trim()) : value),
  },
  fleetName: {
    placeholder: 'NAME',
    // Engines make names of their own of it, which have no dots.
    allowed: '1 to 60 letters (a to z), digits, "_" and "-"',
    parse: asText,
    check: (value) => matching(/^[-\w]{1,60}$/, value),
  },
  fleetHost: {
    placeholder: 'NAME',
    allowed: '1 to 64 letters (a to z), digits, "_", "-" and single dots between',
    parse: asText,
    check: (value) => matching(/^(?!.{65})[-\w]+(?:\.[-\w]+)*$/, value),
  },
  fleetCredentials: aFile(),
  fleetCa: aFile(),
  fleetCert: aFile(),
  fleetKey: aFile(),
  fleetInKubernetes: aSwitch(),
};

export type StartOptionKey = keyof StartOptions;

export const START_OPTION_KEYS: readonly StartOptionKey[] = Object.keys(START_OPTIONS) as StartOptionKey[];

/** The flag of a key, without its dashes: `readyTimeout` is `ready-timeout`. */
export function flagOf(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function milliseconds(from: number): OptionRule<number> {
  return {
    placeholder: 'MS',
    allowed: `a whole number of milliseconds from ${from} to ${MAX_MS}`,
    parse: parseNumber,
    check: (value) => wholeNumber(value, from, MAX_MS),
  };
}

export function wholeNumber(
  value: unknown,
  from: number,
  to: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to
    ? value
    : undefined;
}

/** Whether the system can be given it as a path, an argument or a variable. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}

function oneOf<const T extends string>(placeholder: string, values: readonly T[]): OptionRule<T> {
  return {
    placeholder,
    allowed: `"${values.join('", "')}"`,
    parse: asText,
    check: (value) => values.find((each) => each === value),
  };
}

function aFile(): OptionRule<string> {
  return {
    placeholder: 'FILE',
    allowed: 'a file',
    parse: asText,
    check: (value) => pick(isText, value),
  };
}

/** A flag without a value. */
function aSwitch(): OptionRule<boolean> {
  return {
    placeholder: undefined,
    allowed: 'true or false',
    parse: () => true,
    check: (value) => (typeof value === 'boolean' ? value : undefined),
  };
}

function addresses(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.length > 0 && value.every(isText) ? value : undefined;
}

function matching(pattern: RegExp, value: unknown): string | undefined {
  return typeof value === 'string' && pattern.test(value) ? value : undefined;
}

function isPercentage(value: unknown): value is `${number}%` {
  return typeof value === 'string' && /^(?:[1-9]\d?|100)%$/.test(value);
}

function pick<T>(isAllowed: (value: unknown) => value is T, value: unknown): T | undefined {
  return isAllowed(value) ? value : undefined;
}

function parseNumber(text: string): unknown {
  return /^(?:0|[1-9]\d*)$/.test(text) ? Number(text) : text;
}

function asText(text: string): string {
  return text;
}
