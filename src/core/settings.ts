import type { StdioOptions } from 'node:child_process';

/** What `setupPrimary()` takes; every key may be left out. */
export interface ClusterSettings {
  /** String arguments for the worker. Default: `process.argv.slice(2)`. */
  args?: readonly string[] | undefined;
  /** Path of the worker file. Default: `process.argv[1]`. */
  exec?: string | undefined;
  /** Arguments for the Node.js executable. Default: `process.execArgv`. */
  execArgv?: string[] | undefined;
  /** Whether the worker's output is kept from the primary's. Default: `false`. */
  silent?: boolean | undefined;
  /** Working directory of the worker. Default: the primary's. */
  cwd?: string | undefined;
  /** How messages are serialised. Default: `'json'`. */
  serialization?: 'json' | 'advanced' | undefined;
  /** Standard streams of the worker; must hold `'ipc'`; overrides `silent`. */
  stdio?: Exclude<StdioOptions, string> | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
  /** Inspector port of the worker, or a function that gives it. Default: one more for each worker. */
  inspectPort?: number | (() => number) | undefined;
  /** Whether the console window of the worker is hidden on Windows. Default: `false`. */
  windowsHide?: boolean | undefined;
}

/** What the settings default to: taken from the process when they are first needed. */
export interface ProcessFacts {
  readonly argv: readonly string[];
  readonly execArgv: string[];
}

/** The settings after a call: documented defaults, then what holds, then what the caller names. */
export function mergeSettings(
  current: Readonly<ClusterSettings>,
  given: Readonly<ClusterSettings> | undefined,
  facts: ProcessFacts,
): ClusterSettings {
  const defaults: ClusterSettings = {
    args: facts.argv.slice(2),
    exec: facts.argv[1],
    // The process's own: what is added to it before a fork counts.
    execArgv: facts.execArgv,
    silent: false,
  };
  // Without its flags a worker would silently be another program than the primary.
  const execArgv = given?.execArgv ?? current.execArgv ?? defaults.execArgv;
  return withOwnProfiles({ ...defaults, ...current, ...given, execArgv });
}

/** Under `--prof` V8 writes all processes' profiles to one file, of which nobody can make sense, unless its name tells them apart. */
function withOwnProfiles(settings: ClusterSettings): ClusterSettings {
  const { execArgv } = settings;
  if (!Array.isArray(execArgv)) return settings;
  const names = (flag: string): boolean => execArgv.some((arg: unknown) => String(arg).startsWith(flag));
  if (!names('--prof') || names('--logfile=')) return settings;
  return { ...settings, execArgv: [...execArgv, '--logfile=v8-%p.log'] };
}
