import assert from 'node:assert/strict';
import { chmodSync, chownSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { controlFolder, isSafeFolder, makeSafeFolder, socketFile } from '../../../src/cli/control/folder.ts';
import { GrappoloError } from '../../../src/core/errors.ts';
import type { GrappoloErrorCode } from '../../../src/core/errors.ts';
import { makeFolder } from '../../support/temporary-folder.ts';

const FACTS = { platform: 'linux', runtimeDir: '/run/user/7', temporaryDir: '/tmp', uid: 7 } as const;

describe('controlFolder', () => {
  it('is in the runtime directory, else in the temporary one', () => {
    assert.equal(controlFolder(FACTS), '/run/user/7/grappolo');
    assert.equal(controlFolder({ ...FACTS, runtimeDir: undefined }), '/tmp/grappolo-7');
    assert.equal(controlFolder({ ...FACTS, runtimeDir: '' }), '/tmp/grappolo-7');
    assert.equal(controlFolder({ ...FACTS, runtimeDir: 'run' }), '/tmp/grappolo-7');
  });

  it('says that there is none on Windows', () => {
    assert.throws(
      () => controlFolder({ ...FACTS, platform: 'win32', uid: undefined }),
      isError('ERR_GRAPPOLO_CONTROL_UNSUPPORTED', /^Cannot control an instance on win32/),
    );
  });
});

describe('makeSafeFolder', () => {
  it('makes it for this user only, once', (t) => {
    const folder = path.join(makeFolder(t), 'grappolo');
    makeSafeFolder(folder);
    makeSafeFolder(folder);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it('refuses one that is open to others', (t) => {
    for (const mode of [0o701, 0o710, 0o777]) {
      const folder = makeFolder(t);
      chmodSync(folder, mode);
      assert.throws(
        () => makeSafeFolder(folder),
        isUnusable(/open to others: its mode is 07\d\d, and must be 0700: chmod 700 \//),
      );
    }
  });

  it('refuses links and files', (t) => {
    const folder = makeFolder(t, { file: '' });
    symlinkSync(folder, path.join(folder, 'link'));
    symlinkSync(path.join(folder, 'nowhere'), path.join(folder, 'dangling'));
    assert.throws(() => makeSafeFolder(path.join(folder, 'link')), isUnusable(/is a symbolic link/));
    assert.throws(() => makeSafeFolder(path.join(folder, 'dangling')), isUnusable(/is a symbolic link/));
    assert.throws(() => makeSafeFolder(path.join(folder, 'file')), isUnusable(/is no folder/));
  });

  const isRoot = process.getuid?.() === 0;
  it("refuses another user's", { skip: !isRoot && 'only root can make one' }, (t) => {
    const folder = makeFolder(t);
    chownSync(folder, 12_345, 12_345);
    assert.throws(() => makeSafeFolder(folder), isUnusable(/belongs to user 12345, and this is user 0/));
  });

  it('says why it cannot be made', (t) => {
    const folder = makeFolder(t, { file: '' });
    assert.throws(() => makeSafeFolder(path.join(folder, 'a', 'b')), isUnusable(/ENOENT/));
    assert.throws(() => makeSafeFolder(path.join(folder, 'file', 'b')), isUnusable(/ENOTDIR/));
  });
});

describe('isSafeFolder', () => {
  it('tells a missing one from one that is not safe', (t) => {
    const folder = makeFolder(t);
    assert.equal(isSafeFolder(path.join(folder, 'none')), false);
    assert.equal(isSafeFolder(folder), true);
    chmodSync(folder, 0o755);
    assert.throws(() => isSafeFolder(folder), isUnusable(/open to others/));
  });
});

describe('socketFile', () => {
  const longest = process.platform === 'linux' ? 107 : 103;

  it('gives a path that a socket can have', () => {
    const folder = `/${'f'.repeat(longest - '//a.sock'.length)}`;
    assert.equal(socketFile(folder, 'a'), `${folder}/a.sock`);
    assert.throws(
      () => socketFile(folder, 'ab'),
      isUnusable(new RegExp(`its path has ${longest + 1} bytes, and a socket's can have ${longest}\\.`)),
    );
    assert.throws(() => socketFile(`/${'é'.repeat(60)}`, 'a'), isUnusable(/has 128 bytes/));
  });
});

function isUnusable(message: RegExp): (error: unknown) => boolean {
  return isError('ERR_GRAPPOLO_CONTROL_FOLDER', message);
}

function isError(code: GrappoloErrorCode, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof GrappoloError);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}
