import assert from 'node:assert/strict';
import os from 'node:os';
import { describe, it } from 'node:test';

import { currentCpus, quotaCpus, usableCpus } from '../../src/system/cpus.ts';

type Files = Readonly<Record<string, string>>;

interface Case {
  readonly name: string;
  readonly files: Files;
  readonly cpus: number;
}

const V2_MOUNT = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n';
const V1_MOUNTS = [
  '31 23 0:28 / /sys/fs/cgroup ro,nosuid shared:9 - tmpfs tmpfs ro,mode=755',
  '34 31 0:31 / /sys/fs/cgroup/cpuset rw,nosuid shared:12 - cgroup cgroup rw,cpuset',
  '35 31 0:32 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:13 - cgroup cgroup rw,cpu,cpuacct',
  '',
].join('\n');
const V1_GROUPS = '11:memory:/jobs\n4:cpu,cpuacct:/jobs/one\n3:cpuset:/jobs\n1:name=systemd:/user.slice\n';
const ONE = '/sys/fs/cgroup/cpu,cpuacct/jobs/one';

const CASES: readonly Case[] = [
  { name: 'no files, as on macOS', files: {}, cpus: Infinity },
  {
    name: 'v2 in a service of systemd',
    files: {
      '/proc/self/cgroup': '0::/system.slice/web.service\n',
      '/proc/self/mountinfo': V2_MOUNT,
      '/sys/fs/cgroup/system.slice/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/system.slice/web.service/cpu.max': '250000 100000\n',
    },
    cpus: 2.5,
  },
  {
    name: 'v2 where a group further out allows less',
    files: {
      '/proc/self/cgroup': '0::/a/b/c\n',
      '/proc/self/mountinfo': V2_MOUNT,
      '/sys/fs/cgroup/a/cpu.max': '150000 50000\n',
      '/sys/fs/cgroup/a/b/cpu.max': '100000 100000\n',
      '/sys/fs/cgroup/a/b/c/cpu.max': '400000 100000\n',
    },
    cpus: 1,
  },
  {
    name: 'v2 without any limit',
    files: {
      '/proc/self/cgroup': '0::/a\n',
      '/proc/self/mountinfo': V2_MOUNT,
      '/sys/fs/cgroup/a/cpu.max': 'max 100000\n',
    },
    cpus: Infinity,
  },
  {
    name: 'v2 in a container with a cgroup namespace of its own',
    files: {
      '/proc/self/cgroup': '0::/\n',
      '/proc/self/mountinfo': V2_MOUNT,
      '/sys/fs/cgroup/cpu.max': '50000 100000\n',
    },
    cpus: 0.5,
  },
  {
    name: "v2 in a container that sees the host's names",
    files: {
      '/proc/self/cgroup': '0::/system.slice/docker-4f.scope\n',
      '/proc/self/mountinfo': V2_MOUNT.replace(' / ', ' /system.slice/docker-4f.scope '),
      '/sys/fs/cgroup/cpu.max': '300000 100000\n',
    },
    cpus: 3,
  },
  {
    name: "v2 with a group outside of the namespace's root",
    files: {
      '/proc/self/cgroup': '0::/../other\n',
      '/proc/self/mountinfo': V2_MOUNT.replace(' / ', ' /../.. '),
      '/sys/fs/cgroup/cpu.max': '200000 100000\n',
    },
    cpus: 2,
  },
  {
    name: 'v2 with a group that is not below what is mounted',
    files: {
      '/proc/self/cgroup': '0::/elsewhere\n',
      '/proc/self/mountinfo': V2_MOUNT.replace(' / ', ' /docker/4f '),
      '/sys/fs/cgroup/cpu.max': '200000 100000\n',
      '/sys/fs/cgroup/elsewhere/cpu.max': '100000 100000\n',
    },
    cpus: 2,
  },
  {
    name: 'v2 without mountinfo, at the usual place',
    files: { '/proc/self/cgroup': '0::/a\n', '/sys/fs/cgroup/a/cpu.max': '700000 100000\n' },
    cpus: 7,
  },
  {
    name: 'v1 with a limit',
    files: {
      '/proc/self/cgroup': V1_GROUPS,
      '/proc/self/mountinfo': V1_MOUNTS,
      [`${ONE}/cpu.cfs_quota_us`]: '150000\n',
      [`${ONE}/cpu.cfs_period_us`]: '100000\n',
    },
    cpus: 1.5,
  },
  {
    name: 'v1 with -1, and a limit further out',
    files: {
      '/proc/self/cgroup': V1_GROUPS,
      '/proc/self/mountinfo': V1_MOUNTS,
      [`${ONE}/cpu.cfs_quota_us`]: '-1\n',
      [`${ONE}/cpu.cfs_period_us`]: '100000\n',
      '/sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_quota_us': '200000\n',
      '/sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_period_us': '50000\n',
    },
    cpus: 4,
  },
  {
    name: 'v1 in a container: the group is the root of the mount',
    files: {
      '/proc/self/cgroup': '4:cpu,cpuacct:/docker/4f\n',
      '/proc/self/mountinfo': V1_MOUNTS.replaceAll(' / ', ' /docker/4f '),
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '400000\n',
      '/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000\n',
    },
    cpus: 4,
  },
  {
    name: 'hybrid: the cpu controller is in v1',
    files: {
      '/proc/self/cgroup': '4:cpu,cpuacct:/jobs/one\n0::/user.slice\n',
      '/proc/self/mountinfo': `${V1_MOUNTS}41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`,
      [`${ONE}/cpu.cfs_quota_us`]: '300000\n',
      [`${ONE}/cpu.cfs_period_us`]: '100000\n',
    },
    cpus: 3,
  },
  {
    name: 'hybrid: the cpu controller is in v2, mounted elsewhere',
    files: {
      '/proc/self/cgroup': '3:cpuset:/\n0::/user.slice\n',
      '/proc/self/mountinfo': `${V1_MOUNTS}41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`,
      '/sys/fs/cgroup/unified/user.slice/cpu.max': '600000 100000\n',
      '/sys/fs/cgroup/user.slice/cpu.max': '100000 100000\n',
    },
    cpus: 6,
  },
  {
    name: 'a mount point with a blank',
    files: {
      '/proc/self/cgroup': '0::/a b:c\n',
      '/proc/self/mountinfo': V2_MOUNT.replace('/sys/fs/cgroup', '/my\\040groups'),
      '/my groups/a b:c/cpu.max': '200000 100000\n',
    },
    cpus: 2,
  },
  ...['', 'garbage', '100000', '0 100000', '100000 0', '-5 100000', '1e5 100000', 'max'].map((content) => ({
    name: `cpu.max of ${JSON.stringify(content)}`,
    files: {
      '/proc/self/cgroup': '0::/a\n',
      '/proc/self/mountinfo': V2_MOUNT,
      '/sys/fs/cgroup/a/cpu.max': content,
    },
    cpus: Infinity,
  })),
  {
    name: 'garbage everywhere',
    files: {
      '/proc/self/cgroup': 'x\n0:\n::\n0::a\n',
      '/proc/self/mountinfo': ' - \n-\ncgroup2 - cgroup2\n1 2 3 - cgroup2\n',
    },
    cpus: Infinity,
  },
];

describe('quotaCpus', () => {
  for (const { name, files, cpus } of CASES) {
    it(`${name}: ${cpus}`, () => assert.equal(quotaCpus(reader(files)), cpus));
  }
});

describe('usableCpus', () => {
  it('is the smaller of CPUs and quota, rounded down', () => {
    assert.equal(usableCpus(reader(limited('290000')), 8), 2);
    assert.equal(usableCpus(reader(limited('900000')), 8), 8);
    assert.equal(usableCpus(reader({}), 8), 8);
  });

  it('is at least 1', () => assert.equal(usableCpus(reader(limited('10000')), 8), 1));

  it('reads the files of this machine by default', () => {
    const cpus = usableCpus();
    assert(Number.isInteger(cpus) && cpus >= 1 && cpus <= os.availableParallelism(), String(cpus));
  });
});

function limited(quota: string): Files {
  return { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': `${quota} 100000\n` };
}

function reader(files: Files): (file: string) => string | undefined {
  return (file) => files[file];
}

describe('currentCpus', () => {
  const read = (file: string): string => {
    const text = V2_FILES[file];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  };
  const V2_FILES: Files = {
    '/proc/self/cgroup': '0::/\n',
    '/proc/self/mountinfo': V2_MOUNT,
    '/sys/fs/cgroup/cpu.max': '250000 100000\n',
  };

  it('is the same', () => {
    assert.equal(currentCpus(read, 8), 2);
    assert.equal(
      currentCpus((file) => (file.endsWith('cpu.max') ? 'max 100000\n' : read(file)), 8),
      8,
    );
    assert.equal(currentCpus(), usableCpus());
  });

  it('is not known where a file cannot be read for now', () => {
    for (const code of ['EMFILE', 'ENFILE', 'EIO', 'ENODEV']) {
      for (const unreadable of Object.keys(V2_FILES)) {
        const fails = (file: string): string => {
          if (file === unreadable) throw Object.assign(new Error('not now'), { code });
          return read(file);
        };
        assert.equal(currentCpus(fails, 8), undefined, `${code} of ${unreadable}`);
      }
    }
  });
});
