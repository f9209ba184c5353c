import path from 'node:path';

import type { OpsOptions, SuperviseOptions } from '../api/supervisor.ts';
import type { Config } from './config.ts';
import type { LoadedConfig } from './config-file.ts';
import { nameOf } from './control/name.ts';
import { flagOf, START_OPTION_KEYS } from './start-options.ts';
import type { StartOptionKey, StartOptions } from './start-options.ts';

/** What stands on the command line. What was not given is `undefined`, or absent from `options`. */
export interface StartArguments {
  readonly file: string | undefined;
  readonly config: string | undefined;
  readonly options: StartOptions;
  /** Options for node. */
  readonly nodeArgs: readonly string[];
  /** What the program finds in `process.argv` after its own name. */
  readonly args: readonly string[] | undefined;
}

/** What is to be started: what the command line says, else the config file, else the defaults of the command. */
export interface StartRequest extends Config {
  /** The program's file as it was named, or absolute where the config file names it. */
  readonly file: string;
  readonly name: string;
  readonly workers: number | 'max';
  readonly args: readonly string[];
  readonly log: 'text' | 'json' | 'auto';
}

/**
 * Puts command line and config file together; `undefined` where neither names a file to start. Options for node come
 * after those of the config file, or else of the command's own node, so that they win there.
 */
export function startRequest(
  command: StartArguments,
  loaded: LoadedConfig | undefined,
  ownExecArgv: readonly string[],
): StartRequest | undefined {
  const config = loaded ? withPaths(loaded) : {};
  const file = command.file ?? config.file;
  if (file === undefined) return undefined;
  const merged = { ...config, ...command.options };
  return {
    ...merged,
    ...(command.nodeArgs.length > 0 && {
      execArgv: [...(config.execArgv ?? ownExecArgv), ...command.nodeArgs],
    }),
    file,
    name: merged.name ?? nameOf(file),
    workers: merged.workers ?? 'max',
    args: command.args ?? config.args ?? [],
    log: merged.log ?? 'auto',
  };
}

/** What a flag that was given is nothing without, where neither the command line nor the config file has that. */
export function missingPartner(
  given: StartOptions,
  request: Pick<StartRequest, 'ops' | 'fleet' | 'fleetName'>,
): string | undefined {
  if (request.fleet !== undefined && request.fleetName === undefined)
    return '--fleet needs --fleet-name, since several fleets may share one engine.';
  for (const key of START_OPTION_KEYS) {
    const group = GROUPS.find((each) => key !== each && key.startsWith(each));
    if (group === undefined || given[key] === undefined || request[group] !== undefined) continue;
    return `--${flagOf(key)} needs --${group}.`;
  }
  return undefined;
}

/** Options whose name others start with. */
const GROUPS = ['ops', 'fleet'] as const satisfies readonly StartOptionKey[];

/** The same as a supervisor takes it; what nobody has said stays undefined, so that its defaults hold. */
export function superviseOptions(request: StartRequest): SuperviseOptions {
  const { name, file, args, execArgv, env, cwd, workers, policy, restart } = request;
  return {
    name,
    exec: path.resolve(file),
    args,
    execArgv,
    env: env && Object.fromEntries(Object.entries(env).map(([key, value]) => [key, value ?? undefined])),
    cwd: cwd === undefined ? undefined : path.resolve(cwd),
    workers: workers === 'max' ? 'auto' : workers,
    schedulingPolicy: policy,
    ready: { on: request.ready, timeoutMs: request.readyTimeout },
    restart,
    reload: { maxSurge: request.maxSurge, soakMs: request.soak },
    drain: { timeoutMs: request.drainTimeout, idleGraceMs: request.idleGrace },
    health: { hangMs: request.hangTimeout, maxMemoryMb: request.maxMemory },
    ops: opsOptions(request),
  };
}

function opsOptions(request: StartRequest): OpsOptions | undefined {
  const { ops: address, opsTokenFile, opsAllowRemote, opsAllowHosts, opsMinReady } = request;
  if (address === undefined) return undefined;
  return {
    address,
    tokenFile: opsTokenFile === undefined ? undefined : path.resolve(opsTokenFile),
    allowRemote: opsAllowRemote,
    allowHosts: opsAllowHosts,
    minReady: opsMinReady,
  };
}

function withPaths({ file: configFile, config }: LoadedConfig): Config {
  const folder = path.dirname(configFile);
  const given = PATH_KEYS.filter((key) => config[key] !== undefined);
  const paths = given.map((key) => [key, path.resolve(folder, config[key] ?? '')] as const);
  return { ...config, ...Object.fromEntries(paths) };
}

const PATH_KEYS = [
  'file',
  'cwd',
  'opsTokenFile',
  'fleetCredentials',
  'fleetCa',
  'fleetCert',
  'fleetKey',
] as const satisfies readonly (keyof Config)[];
