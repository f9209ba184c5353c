import { parseArgs } from 'node:util';

import { POLICY_NAMES } from '../core/policy.ts';
import type { PolicyName } from '../core/policy.ts';

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | ({ readonly kind: 'start' } & StartRequest)
  | { readonly kind: 'misuse'; readonly message: string };

export interface StartRequest {
  readonly file: string;
  /** `'max'`: as many as there are CPUs to use. */
  readonly workers: number | 'max';
  /** `undefined`: what NODE_CLUSTER_SCHED_POLICY says, or the platform's default. */
  readonly policy: PolicyName | undefined;
  /** What the program finds in `process.argv` after its own name. */
  readonly args: readonly string[];
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  workers: { type: 'string', short: 'w' },
  policy: { type: 'string' },
} as const;

type OptionName = keyof typeof OPTIONS;

/** Reads the arguments that follow the command's own name. */
export function parseArguments(argv: readonly string[]): Command {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  const args = argv.slice(end + 1);
  // Not strict: its messages would speak of another way to pass arguments on.
  const { tokens } = parseArgs({
    args: argv.slice(0, end),
    options: OPTIONS,
    strict: false,
    tokens: true,
  });

  const words: string[] = [];
  const values = new Map<OptionName, string | undefined>();
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (!isOption(name)) return misuse(`Unknown option ${rawName}.${hintFor(words)}`);
    if (OPTIONS[name].type === 'boolean' && value !== undefined) return misuse(`${rawName} takes no value.`);
    const isMissing = value === undefined || (value.startsWith('-') && !token.inlineValue);
    if (OPTIONS[name].type === 'string' && isMissing) return misuse(`${rawName} needs a value.`);
    values.set(name, value);
  }
  if (values.has('help')) return { kind: 'help' };
  if (values.has('version')) return { kind: 'version' };

  const [command, file, surplus] = words;
  if (command === undefined) return misuse('No command given.');
  if (command !== 'start') return misuse(`Unknown command ${command}.`);
  if (file === undefined) return misuse('No file to start given.');
  if (surplus !== undefined) return misuse(`Unexpected argument ${surplus}.${hintFor(words)}`);

  const workers = parseWorkers(values.get('workers') ?? 'max');
  if (workers === undefined) {
    return misuse(`--workers takes a whole number from 1 or "max", not "${values.get('workers')}".`);
  }
  const policyName = values.get('policy');
  const policy = POLICY_NAMES.find((known) => known === policyName);
  if (policyName !== undefined && policy === undefined) {
    return misuse(`--policy takes "${POLICY_NAMES.join('", "')}", not "${policyName}".`);
  }
  return { kind: 'start', file, workers, policy, args };
}

function misuse(message: string): Command {
  return { kind: 'misuse', message };
}

/** Who has named a file may have meant the program's own arguments. */
function hintFor(words: readonly string[]): string {
  return words.length < 2 ? '' : ` Arguments for ${words[1]} go after --.`;
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

function parseWorkers(text: string): number | 'max' | undefined {
  if (text === 'max') return text;
  const count = /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
  return Number.isSafeInteger(count) ? count : undefined;
}
