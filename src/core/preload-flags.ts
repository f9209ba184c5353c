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
