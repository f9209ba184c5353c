import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

import { limitMs } from '../support/limits.ts';
import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { assertWorks, bin, bundle, esbuild, PROGRAM, QUEUES } from './bundle.ts';
import { FOLDER, LIBRARY } from './started.ts';

const NOBODY = 65_534;

/** Where package managers, or operators, have put the package. */
describe('the package', { concurrency: 2 }, () => {
  it('works in a folder to which it may not write', async (t) => {
    const folder = makeFolder(t);
    cpSync(LIBRARY, path.join(folder, 'node_modules/grappolo'), { recursive: true });
    cpSync(PROGRAM, path.join(folder, 'app.mjs'));
    // Whoever may write everywhere is somebody else here; and that one may not be allowed to this Node.
    const isRoot = process.getuid?.() === 0;
    const node = path.join(folder, 'node');
    if (isRoot) copyFileSync(process.execPath, node);
    const parts = ['node_modules/grappolo/dist', 'node_modules/grappolo', 'node_modules', '.'];
    for (const part of parts) chmodSync(path.join(folder, part), 0o555);
    try {
      await assertWorks(path.join(folder, 'app.mjs'), 'ipc', isRoot ? { uid: NOBODY, node } : {});
    } finally {
      for (const part of parts.toReversed()) chmodSync(path.join(folder, part), 0o755);
    }
  });

  it('is missed, and seen to be another, by a primary that lives on', async (t) => {
    const folder = makeFolder(t);
    const copy = path.join(folder, 'node_modules/grappolo');
    cpSync(LIBRARY, copy, { recursive: true });
    cpSync(path.join(FOLDER, 'programs/exchanged.mjs'), path.join(folder, 'app.mjs'));
    const { code, stdout, stderr } = await runProgram(path.join(folder, 'app.mjs'), {
      cluster: 'node',
      args: [copy],
      env: { GRAPPOLO_LANE: 'ipc' },
    });
    assert.deepEqual(
      [code, stdout.split('\n')],
      [
        0,
        [
          'first: ERR_GRAPPOLO_FILES_MISSING',
          'gone: ERR_GRAPPOLO_FILES_MISSING, then exit -1',
          'exchanged: ERR_GRAPPOLO_VERSION_CHANGED, then exit -1',
          'both times: answered',
          'ended',
          '',
        ],
      ],
      stderr,
    );
  });

  for (const unplugged of [true, false]) {
    it(`works under Yarn's Plug'n'Play, ${unplugged ? 'unplugged' : 'from an archive'}`, async (t) => {
      const folder = makeFolder(t, {
        'package.json': JSON.stringify({
          private: true,
          dependencies: { grappolo: 'file:./grappolo.tgz' },
          dependenciesMeta: { grappolo: { unplugged } },
        }),
        '.yarnrc.yml': 'nodeLinker: pnp\nenableGlobalCache: false\nenableNetwork: false\n',
        'yarn.lock': '',
      });
      cpSync(PROGRAM, path.join(folder, 'app.mjs'));
      await packWithoutDependencies(folder);
      const yarn = bin('@yarnpkg/cli-dist/bin/yarn.js');
      await run(process.execPath, [yarn, 'install', '--no-immutable'], folder);
      // What `yarn node` preloads.
      const preload = [
        '--require',
        path.join(folder, '.pnp.cjs'),
        '--experimental-loader',
        `${folder}/.pnp.loader.mjs`,
      ];
      await assertWorks(path.join(folder, 'app.mjs'), 'ipc', { cwd: folder, execArgv: preload });
    });
  }

  it('works where pnpm has put it: with what it needs beside it, and unseen by the program', async (t) => {
    const folder = makeFolder(t);
    const store = path.join(folder, 'node_modules/.pnpm/grappolo@0.1.0/node_modules');
    cpSync(LIBRARY, path.join(store, 'grappolo'), { recursive: true });
    symlinkSync(inRoot('node_modules/koffi'), path.join(store, 'koffi'));
    symlinkSync(path.join(store, 'grappolo'), path.join(folder, 'node_modules/grappolo'));
    cpSync(PROGRAM, path.join(folder, 'app.mjs'));
    await assertWorks(path.join(folder, 'app.mjs'), QUEUES);
    await assertWorks(await bundle(esbuild('esm', 'bundle.mjs'), folder), QUEUES);
  });
});

/** The library as npm packs it, without koffi: nothing is to be fetched. */
async function packWithoutDependencies(folder: string): Promise<void> {
  const copy = path.join(folder, 'copy/grappolo');
  cpSync(LIBRARY, copy, { recursive: true });
  const manifest = path.join(copy, 'package.json');
  const { optionalDependencies: _koffi, ...others } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<
    string,
    unknown
  >;
  writeFileSync(manifest, JSON.stringify(others));
  await run('tar', ['-czf', path.join(folder, 'grappolo.tgz'), '-C', path.dirname(copy), 'grappolo'], folder);
}

async function run(file: string, args: readonly string[], cwd: string): Promise<void> {
  await promisify(execFile)(file, args, { cwd, timeout: limitMs(60_000) });
}
