import { badPort } from './errors.ts';

/** The Node.js flags that have to do with an inspector, with an optional `host:port` behind `=`. */
const INSPECT_FLAG = /^--(inspect(?:-brk|-wait|-port)?|debug-port)(?:=(.*))?$/;
const VALUE_FOLLOWS = /^--(?:inspect|debug)-port$/;
const MIN_PORT = 1024;
const MAX_PORT = 65535;
const SPAN = MAX_PORT - MIN_PORT + 1;

export interface InspectRequest {
  /** The Node.js arguments that the worker is to get. */
  readonly execArgv: readonly string[];
  /** NODE_OPTIONS of the worker, split. */
  readonly nodeOptions: readonly string[];
  /** `settings.inspectPort`: a number, or a function that is called for one when an inspector is asked for. */
  readonly inspectPort: unknown;
  /** The arguments that the primary was started with: a port written there is its own. */
  readonly primaryExecArgv: readonly string[];
  /** `process.debugPort` of the primary. */
  readonly primaryPort: number;
  /** How many ports were handed out before. */
  readonly offset: number;
  /** Whether no worker has it, nor anybody else. */
  readonly isFree: (port: number, host: string | undefined) => boolean;
}

export interface InspectAnswer {
  /** The argument to add, if any, and the port that it names. */
  readonly argument: string | undefined;
  readonly port?: number;
  readonly offset: number;
}

/**
 * The inspector port of a new worker: `settings.inspectPort` wins, then an explicit port in `execArgv`, or the next free one where another
 * worker has that; else the next free one above the primary's. From 65535 it goes on at 1024. Where nothing asks for an inspector, nothing is
 * added.
 */
export function inspectArgument(request: InspectRequest): InspectAnswer {
  const { offset, inspectPort } = request;
  if (inspectPort === null) throw badPort('settings.inspectPort', inspectPort);
  const flags = joinValues([...request.nodeOptions, ...request.execArgv]).flatMap(parseFlag);
  if (flags.length === 0) return { argument: undefined, offset };

  const host = flags.findLast((flag) => flag.host !== undefined)?.host;
  if (inspectPort !== undefined) {
    const port: unknown = typeof inspectPort === 'function' ? inspectPort() : inspectPort;
    return { ...answerOf(validPort(port)), offset };
  }
  const explicit = explicitPort(request);
  if (explicit === 0) return { argument: undefined, offset };
  if (explicit !== undefined)
    return { ...answerOf(freePortFrom(explicit, host, request) ?? explicit), offset };

  const first = request.primaryPort + offset + 1;
  const port = freePortFrom(first, host, request) ?? wrap(first);
  return { ...answerOf(port), offset: offset + 1 + distance(wrap(first), port) };
}

function freePortFrom(
  first: number,
  host: string | undefined,
  { isFree }: InspectRequest,
): number | undefined {
  for (let next = first; next < first + SPAN; next += 1) {
    const port = wrap(next);
    if (isFree(port, host)) return port;
  }
  return undefined;
}

/** How often one is counted up to get to another, of which both may be behind the end. */
function distance(from: number, to: number): number {
  return (to - from + SPAN) % SPAN;
}

interface InspectFlag {
  readonly name: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
}

function parseFlag(arg: string): InspectFlag[] {
  const match = INSPECT_FLAG.exec(arg);
  if (!match) return [];
  const [, name = '', value] = match;
  if (value === undefined || value === '') return [{ name, host: undefined, port: undefined }];
  if (/^\d+$/.test(value)) return [{ name, host: undefined, port: Number(value) }];
  const hostAndPort = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(value);
  const port = hostAndPort?.[2];
  return [{ name, host: hostAndPort?.[1] || undefined, port: port === undefined ? undefined : Number(port) }];
}

/** Only what the worker's own arguments name is a choice, and not what the primary was started with. The last one counts. */
function explicitPort({ execArgv, primaryExecArgv }: InspectRequest): number | undefined {
  const ofPrimary = joinValues(primaryExecArgv);
  const flags = joinValues(execArgv)
    .filter((arg) => !ofPrimary.includes(arg))
    .flatMap(parseFlag);
  return flags.findLast((flag) => flag.port !== undefined)?.port;
}

/** Each of the flags that must have a value, and may have it as the next argument, in one piece with it. */
function joinValues(args: readonly string[]): string[] {
  return args.map((arg, i) => (VALUE_FOLLOWS.test(arg) ? `${arg}=${args[i + 1] ?? ''}` : arg));
}

function validPort(value: unknown): number {
  const port = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    throw badPort('settings.inspectPort', value);
  }
  return port;
}

function wrap(port: number): number {
  return port <= MAX_PORT ? port : MIN_PORT + ((port - MAX_PORT - 1) % SPAN);
}

/** Without a host, as the flag that names one keeps it. */
function answerOf(port: number): Pick<InspectAnswer, 'argument' | 'port'> {
  return { argument: `--inspect-port=${port}`, port };
}
