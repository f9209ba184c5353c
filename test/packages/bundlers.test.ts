import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { assertWorks, bin, bundle, esbuild, QUEUES } from './bundle.ts';
import type { Bundler } from './bundle.ts';
import { LIBRARY } from './started.ts';

const rolldown = (format: string, file: string): Bundler => ({
  name: `rolldown, ${format}`,
  command: (input, folder) => [
    bin('rolldown/bin/cli.mjs'),
    input,
    '--platform=node',
    `--format=${format}`,
    '--file',
    path.join(folder, file),
  ],
});

const BUNDLERS: readonly Bundler[] = [
  esbuild('esm', 'app.mjs'),
  esbuild('cjs', 'app.cjs'),
  rolldown('esm', 'app.mjs'),
  rolldown('cjs', 'app.cjs'),
  {
    name: 'webpack',
    command: (input, folder) => [inRoot('test/packages/programs/bundled/webpack.cjs'), input, folder],
  },
  {
    name: 'ncc',
    command: (input, folder) => [bin('@vercel/ncc/dist/ncc/cli.js'), 'build', input, '-o', folder],
  },
];

describe('a program that is bundled with the library', { concurrency: 2 }, () => {
  for (const bundler of BUNDLERS) {
    it(`has workers, beside the package and without it: ${bundler.name}`, async (t) => {
      const folder = path.join(makeFolder(t), 'ein Ordner für ü');
      const file = await bundle(bundler, folder);

      await assertWorks(file, 'ipc');
      install(folder);
      await assertWorks(file, QUEUES);
    });
  }

  it('cannot start workers from another file, and says so once', async (t) => {
    const folder = makeFolder(t, { 'worker.cjs': "require('node:http').createServer().listen(0);" });
    const file = await bundle(esbuild('cjs', 'app.cjs'), folder);
    const { code, stderr } = await runProgram(file, {
      cluster: 'node',
      cwd: folder,
      env: { EXEC: path.join(folder, 'worker.cjs') },
    });
    assert.equal(code, 1);
    assert.match(stderr, /code: 'ERR_GRAPPOLO_FILES_MISSING'/);
    assert.equal(stderr.split('Error:').length - 1, 1, stderr);
  });
});

/** As `npm install` does. */
function install(folder: string): void {
  mkdirSync(path.join(folder, 'node_modules'));
  for (const [name, target] of Object.entries({ grappolo: LIBRARY, koffi: inRoot('node_modules/koffi') })) {
    symlinkSync(target, path.join(folder, 'node_modules', name));
  }
}
