import assert from 'node:assert/strict';
import { chmodSync, chownSync, copyFileSync, cpSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import koffi from 'koffi';

import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const NOBODY = 65_534;
/** See capabilities(7), 'File capabilities', and vfs_cap_data in linux/capability.h: version 2, effective; permitted: CAP_NET_RAW. */
const CAPABILITIES = Buffer.from(new Uint32Array([0x0200_0001, 2 ** 13, 0, 0, 0]).buffer);

describe('a process that carries the mark of a worker and was not booted', () => {
  for (const preload of ['import', 'require'] as const) {
    it(`ends with an error of its own where it takes node:cluster's place (${preload})`, async (t) => {
      const program = startProgram(t, inRoot('test/entries/programs/counts-workers.cjs'), {
        cluster: preload,
        env: { GRAPPOLO_WORKER: '{"id":1}', GRAPPOLO: 'node:cluster' },
      });
      const { code, stdout, stderr } = await program.ended;
      assert.match(stderr, /ERR_GRAPPOLO_NOT_BOOTED/);
      assert.deepEqual([code, stdout], [1, '']);
    });
  }

  it('ends with the same error where its mark cannot be read', async (t) => {
    const program = startProgram(t, inRoot('test/entries/programs/counts-workers.cjs'), {
      cluster: 'node',
      execArgv: ['--require', inRoot('dist/boot.cjs')],
      env: { GRAPPOLO_WORKER: '{"id":1}', GRAPPOLO: 'node:cluster' },
    });
    const { code, stdout, stderr } = await program.ended;
    assert.match(stderr, /ERR_GRAPPOLO_NOT_BOOTED/);
    assert.deepEqual([code, stdout], [1, '']);
  });

  it('ends with an error of its own where its primary is of another version', async (t) => {
    const program = startProgram(t, inRoot('test/entries/programs/counts-workers.cjs'), {
      cluster: 'node',
      execArgv: ['--require', inRoot('dist/boot.cjs')],
      env: {
        GRAPPOLO_WORKER: JSON.stringify({
          id: 1,
          slot: 0,
          version: '99.0.0',
          bootsItself: false,
          execArgv: [],
        }),
        GRAPPOLO: 'node:cluster',
      },
    });
    const { code, stdout, stderr } = await program.ended;
    assert.match(stderr, /that runs grappolo 99\.0\.0, and this is \d.*ERR_GRAPPOLO_VERSION_CHANGED/s);
    assert.deepEqual([code, stdout], [1, '']);
  });

  it('ends with the same error where it imports the library', async (t) => {
    const program = startProgram(t, inRoot('test/entries/programs/counts-workers.cjs'), {
      cluster: 'node',
      env: { GRAPPOLO_WORKER: 'yes', GRAPPOLO: inRoot('dist/index.cjs') },
    });
    const { code, stdout, stderr } = await program.ended;
    assert.match(stderr, /ERR_GRAPPOLO_NOT_BOOTED/);
    assert.deepEqual([code, stdout], [1, '']);
  });
});

describe('a Node.js whose binary has capabilities, and so ignores NODE_OPTIONS', () => {
  const skip = process.platform !== 'linux' || process.getuid?.() !== 0 ? 'needs Linux, and root' : false;

  it('has workers as any other', { skip }, async (t) => {
    const folder = makeFolder(t);
    const node = makeCapable(t, folder);
    if (!node) return;
    const dist = path.join(folder, 'node_modules/grappolo/dist');
    cpSync(inRoot('dist'), dist, { recursive: true });
    cpSync(inRoot('package.json'), path.join(dist, '..', 'package.json'));
    const options = { node, cluster: 'node', uid: NOBODY, cwd: folder } as const;

    const titled = startProgram(t, '-p', {
      ...options,
      args: ['process.title'],
      env: { NODE_OPTIONS: '--title=x' },
    });
    assert.doesNotMatch((await titled.ended).stdout, /^x$/m, 'it does not ignore NODE_OPTIONS');

    copyFileSync(inRoot('test/entries/programs/counts-workers.cjs'), path.join(folder, 'app.cjs'));
    const program = startProgram(t, path.join(folder, 'app.cjs'), {
      ...options,
      env: { GRAPPOLO: path.join(dist, 'index.cjs') },
    });
    const { code, stdout, stderr } = await program.ended;
    assert.deepEqual([code, stdout], [0, 'worker: true\nexit 0\nexit 0\n'], stderr);
  });
});

/** A copy of this Node with a capability; `undefined`, and the test is skipped, where this system has none for files. */
function makeCapable(t: TestContext, folder: string): string | undefined {
  const node = path.join(folder, 'node');
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
  chmodSync(folder, 0o755);
  chownSync(folder, NOBODY, NOBODY);
  const setxattr = koffi
    .load('libc.so.6')
    .func('int setxattr(const char *path, const char *name, const uint8_t *value, size_t size, int flags)');
  if (setxattr(node, 'security.capability', CAPABILITIES, CAPABILITIES.length, 0) === 0) return node;
  t.skip('no capabilities for files here');
  return undefined;
}
