const PRELOAD_FLAGS: readonly string[] = ['--import', '--require', '-r'];

/**
 * The arguments without those that preload a module for which `isOurs` holds (`--import x`, `--import=x`,
 * `--require x`, `-r x`). A worker is given the cluster before anything else, so preloading it again is only work,
 * and would fail where the name cannot be found from the worker's own directory.
 */
export function withoutPreload(args: readonly string[], isOurs: (specifier: string) => boolean): string[] {
  const kept: string[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    const next = args[i + 1];
    const assigned = /^--(?:import|require)=(.*)$/s.exec(arg)?.[1];
    if (assigned !== undefined && isOurs(assigned)) continue;
    if (PRELOAD_FLAGS.includes(arg) && next !== undefined) {
      i += 1;
      if (!isOurs(next)) kept.push(arg, next);
      continue;
    }
    kept.push(arg);
  }
  return kept;
}

/** What makes the files of others readable, as those in Yarn's archives: nothing can be loaded before it. */
const FIRST_OF_ALL = /[\\/]\.pnp\.c?js$/;

/** Whether the arguments preload a CommonJS module. */
export function hasRequire(args: readonly string[]): boolean {
  return required(args).length > 0;
}

/** The arguments with one more module to require, before all others but those that must come first. */
export function withRequire(args: readonly string[], file: string): string[] {
  const at = required(args).findLast(({ specifier }) => FIRST_OF_ALL.test(specifier))?.end ?? 0;
  return [...args.slice(0, at), '--require', file, ...args.slice(at)];
}

/** What the arguments require, and how many of them there are up to there. */
function required(args: readonly string[]): readonly { readonly specifier: string; readonly end: number }[] {
  return args.flatMap((arg, index) => {
    const assigned = /^--require=(.*)$/s.exec(arg)?.[1];
    if (assigned !== undefined) return [{ specifier: assigned, end: index + 1 }];
    const next = args[index + 1];
    const isNext = (arg === '--require' || arg === '-r') && next !== undefined;
    return isNext ? [{ specifier: next, end: index + 2 }] : [];
  });
}
