import { badPort } from './errors.ts';

/** The Node.js flags that have to do with an inspector, with an optional `host:port` behind `=`. */
const INSPECT_FLAG = /^--(inspect(?:-brk|-wait|-port)?|debug-port)(?:=(.*))?$/;
const MIN_PORT = 1024;
const MAX_PORT = 65535;

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
  readonly isFree: (port: number, host: string | undefined) => boolean;
}

export interface InspectAnswer {
  /** The argument to add, if any. */
  readonly argument: string | undefined;
  readonly offset: number;
}

/**
 * The inspector port of a new worker: `settings.inspectPort` wins, then an explicit port in `execArgv`, else the next
 * free one above the primary's, wrapping from 65535 to 1024. Where nothing asks for an inspector, nothing is added.
 */
export function inspectArgument(request: InspectRequest): InspectAnswer {
  const { offset, inspectPort } = request;
  if (inspectPort === null) throw badPort('settings.inspectPort', inspectPort);
  const flags = [...request.nodeOptions, ...request.execArgv].flatMap(parseFlag);
  if (flags.length === 0) return { argument: undefined, offset };

  const host = flags.findLast((flag) => flag.host !== undefined)?.host;
  if (inspectPort !== undefined) {
    const port: unknown = typeof inspectPort === 'function' ? inspectPort() : inspectPort;
    return { argument: argument(validPort(port)), offset };
  }
  if (hasExplicitPort(request)) return { argument: undefined, offset };

  const span = MAX_PORT - MIN_PORT + 1;
  for (let next = offset + 1; next <= offset + span; next += 1) {
    const port = wrap(request.primaryPort + next);
    if (request.isFree(port, host)) return { argument: argument(port), offset: next };
  }
  return { argument: argument(wrap(request.primaryPort + offset + 1)), offset: offset + 1 };
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

/**
 * Only what the worker's own arguments name is a choice, and not what the primary was started with: a port of 0, or
 * another one by a flag made for that.
 */
function hasExplicitPort({ execArgv, primaryExecArgv, primaryPort }: InspectRequest): boolean {
  const flags = execArgv.filter((arg) => !primaryExecArgv.includes(arg)).flatMap(parseFlag);
  const last = flags.findLast(({ port }) => port !== undefined);
  if (last?.port === 0) return true;
  return flags.some(
    ({ name, port }) =>
      port !== undefined && port !== primaryPort && (name === 'inspect-port' || name === 'debug-port'),
  );
}

function validPort(value: unknown): number {
  const port = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    throw badPort('settings.inspectPort', value);
  }
  return port;
}

function wrap(port: number): number {
  return port <= MAX_PORT ? port : MIN_PORT + ((port - MAX_PORT - 1) % (MAX_PORT - MIN_PORT + 1));
}

/** Without a host, as the flag that names one keeps it. */
function argument(port: number): string {
  return `--inspect-port=${port}`;
}
