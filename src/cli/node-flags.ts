/** Options of node's that are given with their value in an argument of its own, too: by name, and how they are short. */
export const NODE_VALUE_FLAGS: Readonly<Record<string, { type: 'string'; short?: string }>> = {
  'env-file': { type: 'string' },
  'env-file-if-exists': { type: 'string' },
  import: { type: 'string' },
  require: { type: 'string', short: 'r' },
  loader: { type: 'string' },
  'experimental-loader': { type: 'string' },
  conditions: { type: 'string', short: 'C' },
};

/** Takes any option of node's, as one argument. */
export const NODE_ARG = 'node-arg';

/** What is known of the Node that runs the workers. */
export interface NodeFacts {
  /** The options that NODE_OPTIONS may have; whoever else is there cannot be told from a mistake. */
  readonly allowedNodeEnvironmentFlags: ReadonlySet<string>;
}

/** Whether node would know it. Its value may be in it, behind `=`. */
export function isNodeFlag(argument: string, { allowedNodeEnvironmentFlags }: NodeFacts): boolean {
  return allowedNodeEnvironmentFlags.has(argument);
}

/** Options of node's that are nothing without a number, of those that are often given; node itself does not tell which are. */
const NODE_NUMBER_FLAGS: readonly string[] = [
  'heapsnapshot-near-heap-limit',
  'max-http-header-size',
  'max-old-space-size',
  'max-old-space-size-percentage',
  'max-semi-space-size',
  'network-family-autoselection-attempt-timeout',
  'stack-trace-limit',
  'v8-pool-size',
];

/** Whether it takes a value, and only behind `=`. */
export function needsNodeValue(name: string): boolean {
  return NODE_NUMBER_FLAGS.includes(name.replaceAll('_', '-'));
}

/** The file of an `--env-file=FILE` that must be there. */
export function neededEnvFile(argument: string): string | undefined {
  return /^--env-file=(.*)$/s.exec(argument)?.[1];
}

/**
 * What stands on the command line as the workers' Node takes it, from whatever folder: paths of env files are absolute,
 * and Node 20, which has no --env-file-if-exists, gets the other where there is the file.
 */
export function nodeArguments(
  given: readonly string[],
  facts: {
    readonly major: number;
    readonly exists: (file: string) => boolean;
    readonly resolve: (file: string) => string;
  },
): string[] {
  return given.flatMap((argument) => {
    const [, flag, file] = /^(--env-file(?:-if-exists)?)=(.*)$/s.exec(argument) ?? [];
    if (flag === undefined || file === undefined) return [argument];
    const full = facts.resolve(file);
    if (flag === '--env-file' || facts.major >= 22) return [`${flag}=${full}`];
    return facts.exists(full) ? [`--env-file=${full}`] : [];
  });
}
