import type { StdioOptions } from 'node:child_process';

/** What `setupPrimary()` takes; every key may be left out. */
export interface ClusterSettings {
  /** String arguments for the worker. Default: `process.argv.slice(2)`. */
  args?: string[];
  /** Path of the worker file. Default: `process.argv[1]`. */
  exec?: string;
  /** Arguments for the Node.js executable. Default: `process.execArgv`. */
  execArgv?: string[];
  /** Whether the worker's output is kept from the primary's. Default: `false`. */
  silent?: boolean;
  /** Working directory of the worker. Default: the primary's. */
  cwd?: string;
  /** How messages are serialised. Default: `'json'`. */
  serialization?: 'json' | 'advanced';
  /** Standard streams of the worker; must hold `'ipc'`; overrides `silent`. */
  stdio?: Exclude<StdioOptions, string>;
  uid?: number;
  gid?: number;
  /** Inspector port of the worker, or a function that gives it. Default: one more for each worker. */
  inspectPort?: number | (() => number) | undefined;
  /** Whether the console window of the worker is hidden on Windows. Default: `false`. */
  windowsHide?: boolean;
}

/** What the settings default to: taken from the process when they are first needed. */
export interface ProcessFacts {
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
}

/** The settings after a call: documented defaults, then what holds, then what the caller names. */
export function mergeSettings(
  current: Readonly<ClusterSettings>,
  given: Readonly<ClusterSettings> | undefined,
  facts: ProcessFacts,
): ClusterSettings {
  const defaults: ClusterSettings = {
    args: facts.argv.slice(2),
    execArgv: [...facts.execArgv],
    silent: false,
  };
  if (facts.argv[1] !== undefined) defaults.exec = facts.argv[1];
  return { ...defaults, ...current, ...given };
}
