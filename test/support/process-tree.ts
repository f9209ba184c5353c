import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  /** One letter; see proc_pid_stat(5). */
  readonly state: string;
}

/** The processes that descend from one, those that have ended and are not asked about yet among them. Needs /proc. */
export function descendants(root: number): readonly ProcessFacts[] {
  const all = readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) ? (factsOf(Number(name)) ?? []) : [],
  );
  const found: ProcessFacts[] = [];
  let parents = new Set([root]);
  while (parents.size > 0) {
    const children = all.filter(({ parent }) => parents.has(parent));
    found.push(...children);
    parents = new Set(children.map(({ pid }) => pid));
  }
  return found;
}

export function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ') ?? '';
}

function factsOf(pid: number): ProcessFacts | undefined {
  const [, state, parent] = /^.*\) (\S) (\d+)/s.exec(read(`/proc/${pid}/stat`) ?? '') ?? [];
  return state === undefined ? undefined : { pid, state, parent: Number(parent) };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
