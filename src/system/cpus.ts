import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path/posix';

import { tryToRead } from './read-file.ts';
import type { ReadFile } from './read-file.ts';

/**
 * How many CPUs this process may use: those that it may run on, or fewer where a control group (a container's limit,
 * for example) gives it less of their time. Always at least 1; a fraction is rounded down.
 */
export function usableCpus(readFile: ReadFile = tryToRead, cpus: number = os.availableParallelism()): number {
  return Math.max(1, Math.floor(Math.min(cpus, quotaCpus(readFile))));
}

/**
 * The same for whoever looks again later: `undefined` where a file that may hold a limit cannot be read for now, for want of
 * descriptors for example. Else it would seem that there is no limit any more.
 */
export function currentCpus(
  readFile: (file: string) => string = (file) => readFileSync(file, 'utf8'),
  cpus: number = os.availableParallelism(),
): number | undefined {
  try {
    return usableCpus((file) => readWhatIsThere(file, readFile), cpus);
  } catch {
    return undefined;
  }
}

function readWhatIsThere(file: string, readFile: (file: string) => string): string | undefined {
  try {
    return readFile(file);
  } catch (error) {
    if (NEVER_READABLE.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** The first look could not read it either. The last is what Node's permission model says. */
const NEVER_READABLE: readonly string[] = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ERR_ACCESS_DENIED'];

/** The CPU time that control groups allow, in CPUs; `Infinity` where there is no limit. */
export function quotaCpus(readFile: ReadFile): number {
  const memberships = parseMemberships(readFile('/proc/self/cgroup') ?? '');
  const mounts = parseMounts(readFile('/proc/self/mountinfo') ?? '');
  const limits = memberships.flatMap((membership) => {
    const mount = mounts.find((candidate) => candidate.version === membership.version);
    const point = mount?.point ?? DEFAULT_POINTS[membership.version];
    const readQuota = QUOTA_READERS[membership.version];
    return groupFolders(point, mount?.root ?? '/', membership.path).map((folder) =>
      readQuota(folder, readFile),
    );
  });
  return Math.min(Infinity, ...limits);
}

type CgroupVersion = 1 | 2;

interface Membership {
  readonly version: CgroupVersion;
  /** Path of the group below the root of its hierarchy. */
  readonly path: string;
}

/** Where a hierarchy can be seen: its group `root` is at the folder `point`. */
interface Mount {
  readonly version: CgroupVersion;
  readonly root: string;
  readonly point: string;
}

const DEFAULT_POINTS: Readonly<Record<CgroupVersion, string>> = {
  1: '/sys/fs/cgroup/cpu',
  2: '/sys/fs/cgroup',
};

const QUOTA_READERS: Readonly<Record<CgroupVersion, (folder: string, readFile: ReadFile) => number>> = {
  1: (folder, readFile) =>
    quotient(readFile(`${folder}/cpu.cfs_quota_us`), readFile(`${folder}/cpu.cfs_period_us`)),
  2: (folder, readFile) => {
    const [quota, period] = (readFile(`${folder}/cpu.max`) ?? '').trim().split(/\s+/);
    return quotient(quota, period);
  },
};

/** Lines `id:controllers:path`; version 2 is the one with id 0 and no controllers. See cgroups(7). */
function parseMemberships(text: string): Membership[] {
  return text.split('\n').flatMap((line): Membership[] => {
    const match = /^(\d+):([^:]*):(\/.*)$/.exec(line);
    if (!match) return [];
    const [, id, controllers = '', groupPath = '/'] = match;
    if (id === '0' && controllers === '') return [{ version: 2, path: groupPath }];
    return controllers.split(',').includes('cpu') ? [{ version: 1, path: groupPath }] : [];
  });
}

/** Lines `id parent device root point options [optional ...] - type source superOptions`. See proc_pid_mountinfo(5). */
function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line): Mount[] => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, point] = before.split(' ');
    const [type, , superOptions = ''] = after.split(' ');
    if (root === undefined || point === undefined) return [];
    const mount = { root: unescape(root), point: unescape(point) };
    if (type === 'cgroup2') return [{ version: 2, ...mount }];
    return type === 'cgroup' && superOptions.split(',').includes('cpu') ? [{ version: 1, ...mount }] : [];
  });
}

/** The kernel writes blanks and backslashes in octal. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/**
 * The folders of a group and of all groups around it, as far as they can be seen: each of them may set a limit. Where
 * a container sees only its own group, that group is the mount's root; where the group is outside of what is mounted,
 * the mount's root is all that is known.
 */
function groupFolders(point: string, root: string, groupPath: string): string[] {
  const below = path.relative(root, path.normalize(groupPath));
  const isVisible = !below.split('/').includes('..');
  const folders = [point];
  for (const part of isVisible ? below.split('/') : []) {
    if (part !== '') folders.push(path.join(folders.at(-1) ?? point, part));
  }
  return folders;
}

/** Time allowed by period, both in microseconds; `'max'`, `-1` and all that is no quota mean no limit. */
function quotient(quota: string | undefined, period: string | undefined): number {
  const allowed = parseMicroseconds(quota);
  const every = parseMicroseconds(period);
  return allowed === undefined || every === undefined ? Infinity : allowed / every;
}

function parseMicroseconds(text: string | undefined): number | undefined {
  const match = /^\s*([1-9]\d*)\s*$/.exec(text ?? '');
  return match ? Number(match[1]) : undefined;
}
