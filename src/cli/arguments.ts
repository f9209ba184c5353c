import { parseArgs } from 'node:util';

import type { CommandRequest } from './control/protocol.ts';
import { nearest } from '../core/nearest.ts';
import { isNodeFlag, needsNodeValue, NODE_ARG, NODE_VALUE_FLAGS } from './node-flags.ts';
import { flagOf, START_OPTION_KEYS, START_OPTIONS, wholeNumber } from './start-options.ts';
import type { StartOptionKey, StartOptions } from './start-options.ts';
import type { StartArguments } from './start-request.ts';

/** What the command line asks for. */
export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | ({ readonly kind: 'start' } & StartArguments)
  | ({ readonly kind: 'remote' } & RemoteArguments)
  | ({ readonly kind: 'systemd' } & SystemdArguments)
  | ({ readonly kind: 'ui' } & UiArguments)
  | { readonly kind: 'fleet'; readonly argv: readonly string[] }
  | { readonly kind: 'misuse'; readonly message: string };

/** What unit files are to be made for. */
export interface SystemdArguments {
  readonly file: string;
  readonly name: string | undefined;
  /** The port that systemd is to keep open. */
  readonly socket: number | undefined;
}

/** Which instance is to be shown. */
export interface UiArguments {
  /** `undefined`: the only instance that runs. */
  readonly name: string | undefined;
  /** Where it is shown; 0: on any port that is free. */
  readonly port: number;
}

/** Something to ask of an instance that runs. */
export interface RemoteArguments {
  readonly request: CommandRequest;
  /** `undefined`: the only instance that runs. */
  readonly name: string | undefined;
  /** Whether the answer is for machines. */
  readonly json: boolean;
}

const FLAGS: Readonly<Record<string, { type: 'boolean' | 'string'; short?: string }>> = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
  json: { type: 'boolean' },
  config: { type: 'string' },
  ...Object.fromEntries(START_OPTION_KEYS.map((key) => [flagOf(key), { type: typeOf(key) }])),
  socket: { type: 'string' },
  port: { type: 'string' },
  workers: { type: 'string', short: 'w' },
  [NODE_ARG]: { type: 'string' },
};

const START_FLAGS: readonly string[] = ['config', ...START_OPTION_KEYS.map(flagOf)];
const REMOTE_FLAGS: readonly string[] = ['name', 'json'];
const REMOTE_COMMANDS = ['status', 'workers', 'reload', 'scale', 'replace', 'stop'] as const;
const COMMANDS = ['start', ...REMOTE_COMMANDS, 'fleet', 'ui', 'systemd'] as const;

/** What stands on the command line: words, and the text of each flag, the last one where it is there twice. */
interface Parts {
  readonly words: readonly string[];
  readonly values: ReadonlyMap<string, string | undefined>;
  /** Options for node, in order. */
  readonly nodeArgs: readonly string[];
  /** What follows `--`; `undefined` without one. */
  readonly args: readonly string[] | undefined;
}

/** Says what is wrong; never seen outside of this file. */
class Misuse extends Error {}

/** Reads the arguments that follow the command's own name. */
export function parseArguments(argv: readonly string[]): Command {
  // What follows is for the package that does it, and read there.
  if (argv[0] === 'fleet') return { kind: 'fleet', argv: argv.slice(1) };
  try {
    return readCommand(split(argv));
  } catch (error) {
    if (error instanceof Misuse) return { kind: 'misuse', message: error.message };
    throw error;
  }
}

function split(argv: readonly string[]): Parts {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  // Not strict: its messages would speak of another way to pass arguments on.
  const { tokens } = parseArgs({
    args: argv.slice(0, end),
    options: { ...NODE_VALUE_FLAGS, ...FLAGS },
    strict: false,
    tokens: true,
  });

  const words: string[] = [];
  const nodeArgs: string[] = [];
  const values = new Map<string, string | undefined>();
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    if (!Object.hasOwn(FLAGS, token.name) || token.name === NODE_ARG)
      nodeArgs.push(nodeArgument(token, words));
    else values.set(token.name, valueOf(token, FLAGS[token.name]?.type));
  }
  return { words, values, nodeArgs, args: end < argv.length ? argv.slice(end + 1) : undefined };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function valueOf(token: OptionToken, type: 'boolean' | 'string' | undefined): string | undefined {
  const { rawName, value } = token;
  if (type === 'boolean' && value !== undefined) throw new Misuse(`${rawName} takes no value.`);
  if (type === 'string' && isValueMissing(token)) throw new Misuse(`${rawName} needs a value.`);
  return value;
}

/** What starts like an option is one, but for a number below 0. */
function isValueMissing({ value, inlineValue }: OptionToken): boolean {
  return value === undefined || (/^-(?!\d)/.test(value) && inlineValue !== true);
}

/** An option for node, as one argument. Behind the file, what node knows may be meant for the program, as with node. */
function nodeArgument(token: OptionToken, words: readonly string[]): string {
  const { name, rawName, value } = token;
  if (name === NODE_ARG) {
    if (value?.startsWith('-') === true) return value;
    throw new Misuse(`--${NODE_ARG} takes an option of node as it is written there, such as --trace-gc.`);
  }
  const takesValue = Object.hasOwn(NODE_VALUE_FLAGS, name);
  const argument = takesValue ? `--${name}=${value}` : value === undefined ? rawName : `${rawName}=${value}`;
  if (!takesValue && !isNodeFlag(argument, process)) throw new Misuse(unknownOption(token, words));
  const [, file] = words;
  if (file !== undefined)
    throw new Misuse(`${rawName} is an option of node: it goes before ${file}.${argsHint(words)}`);
  if (value === undefined && needsNodeValue(name))
    throw new Misuse(`${rawName} takes its value behind =, as in ${rawName}=VALUE.`);
  if (takesValue && isValueMissing(token)) throw new Misuse(`${rawName} needs a value.`);
  return argument;
}

function unknownOption({ name, rawName, value }: OptionToken, words: readonly string[]): string {
  const meantOne = meantFlag(rawName, name);
  const isForNode = meantOne === '' && words[0] === 'start' && words.length < 2;
  const whole = value === undefined ? rawName : `${rawName}=${value}`;
  const nodeHint = isForNode ? ` An option of node goes here as --${NODE_ARG}=${whole}.` : '';
  return `Unknown option ${rawName}.${meantOne}${nodeHint}${argsHint(words)}`;
}

function readCommand(parts: Parts): Command {
  const { words, values } = parts;
  if (values.has('help')) return { kind: 'help' };
  if (values.has('version')) return { kind: 'version' };

  const [word] = words;
  if (word === undefined) throw new Misuse('No command given.');
  if (word === 'help') return { kind: 'help' };
  if (word === 'start') return readStart(parts);
  if (word === 'systemd') return readSystemd(parts);
  if (word === 'ui') return readUi(parts);
  if (word === 'fleet') throw new Misuse('fleet comes first, and all its options behind it.');
  const command = REMOTE_COMMANDS.find((known) => known === word);
  if (command === undefined) throw new Misuse(`Unknown command ${word}.${meantCommand(word)}`);
  return readRemote(command, parts);
}

function readStart({ words, values, nodeArgs, args }: Parts): Command {
  const [, file, surplus] = words;
  if (surplus !== undefined) throw new Misuse(`Unexpected argument ${surplus}.${argsHint(words)}`);
  checkFlags('start', values, START_FLAGS, argsHint(words));
  const given = START_OPTION_KEYS.filter((key) => values.has(flagOf(key)));
  const options = Object.fromEntries(given.map((key) => [key, readOption(key, values)]));
  const config = values.get('config');
  if (config === '') throw new Misuse('--config takes a file, not "".');
  return { kind: 'start', file, config, options, nodeArgs, args };
}

function readRemote(command: (typeof REMOTE_COMMANDS)[number], parts: Parts): Command {
  const { words, values, nodeArgs, args } = parts;
  checkFlags(command, values, REMOTE_FLAGS);
  if (nodeArgs[0] !== undefined) throw new Misuse(`${command} takes no ${nodeArgs[0]}.`);
  if (args) throw new Misuse(`${command} takes nothing after --.`);
  const takesNumber = command === 'scale' || command === 'replace';
  const [surplus] = words.slice(takesNumber ? 2 : 1);
  const name = values.has('name') ? START_OPTIONS.name.check(readOption('name', values)) : undefined;
  const json = values.has('json');
  if (!takesNumber) {
    if (surplus !== undefined) throw new Misuse(unexpected(surplus, name));
    return { kind: 'remote', request: { command }, name, json };
  }
  const [, text] = words;
  const isScale = command === 'scale';
  if (text === undefined) throw new Misuse(`${command} needs a ${isScale ? 'number of workers' : 'slot'}.`);
  const number = wholeNumber(START_OPTIONS.workers.parse(text), isScale ? 1 : 0);
  if (number === undefined)
    throw new Misuse(`${command} takes a whole number from ${isScale ? 1 : 0}, not "${text}".`);
  if (surplus !== undefined) throw new Misuse(unexpected(surplus, name));
  const request = isScale ? { command, workers: number } : { command, slot: number };
  return { kind: 'remote', request, name, json };
}

function readSystemd({ words, values, nodeArgs, args }: Parts): Command {
  const [, file, surplus] = words;
  if (file === undefined) throw new Misuse('systemd needs a file.');
  if (surplus !== undefined) throw new Misuse(`Unexpected argument ${surplus}.`);
  checkFlags('systemd', values, ['name', 'socket']);
  if (nodeArgs[0] !== undefined) throw new Misuse(`systemd takes no ${nodeArgs[0]}.`);
  if (args) throw new Misuse('systemd takes nothing after --.');
  const name = values.has('name') ? START_OPTIONS.name.check(readOption('name', values)) : undefined;
  return { kind: 'systemd', file, name, socket: readPort('socket', values) };
}

function readUi({ words, values, nodeArgs, args }: Parts): Command {
  const [, surplus] = words;
  checkFlags('ui', values, ['name', 'port']);
  if (nodeArgs[0] !== undefined) throw new Misuse(`ui takes no ${nodeArgs[0]}.`);
  if (args) throw new Misuse('ui takes nothing after --.');
  const name = values.has('name') ? START_OPTIONS.name.check(readOption('name', values)) : undefined;
  if (surplus !== undefined) throw new Misuse(unexpected(surplus, name));
  return { kind: 'ui', name, port: readPort('port', values) ?? 0 };
}

function readPort(flag: string, values: Parts['values']): number | undefined {
  const text = values.get(flag);
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new Misuse(`--${flag} takes a port from 1 to 65535, not "${text}".`);
  return port;
}

function readOption(key: StartOptionKey, values: Parts['values']): StartOptions[StartOptionKey] {
  const { allowed, parse, check } = START_OPTIONS[key];
  const text = values.get(flagOf(key)) ?? '';
  const value = check(parse(text));
  if (value === undefined) throw new Misuse(`--${flagOf(key)} takes ${allowed}, not "${text}".`);
  return value;
}

function checkFlags(command: string, values: Parts['values'], allowed: readonly string[], hint = ''): void {
  const wrong = [...values.keys()].find((name) => !allowed.includes(name));
  if (wrong !== undefined) throw new Misuse(`${command} takes no --${wrong}.${hint}`);
}

function unexpected(word: string, name: string | undefined): string {
  const isName = name === undefined && START_OPTIONS.name.check(word) !== undefined;
  return `Unexpected argument ${word}.${isName ? ` An instance is named by --name ${word}.` : ''}`;
}

function meantFlag(rawName: string, name: string): string {
  return rawName.startsWith('--') ? meant(name, Object.keys(FLAGS), '--') : '';
}

/** Who names a program right away has forgotten what is to be done with it. */
function meantCommand(word: string): string {
  return /[./\\]/.test(word) ? ` Did you mean grappolo start ${word}?` : meant(word, COMMANDS);
}

function meant(word: string, known: readonly string[], prefix = ''): string {
  const near = nearest(word, known);
  return near === undefined ? '' : ` Did you mean ${prefix}${near}?`;
}

/** Who has named a file may have meant the program's own arguments. */
function argsHint(words: readonly string[]): string {
  return words[0] !== 'start' || words.length < 2 ? '' : ` Arguments for ${words[1]} go after --.`;
}

function typeOf(key: StartOptionKey): 'boolean' | 'string' {
  return START_OPTIONS[key].placeholder === undefined ? 'boolean' : 'string';
}
