import assert from 'node:assert/strict';
import { chmodSync, chownSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { readTokenFile } from '../../src/ops/token-file.ts';
import { makeFolder } from '../support/temporary-folder.ts';

const TOKEN = '0123456789abcdef';
const NOBODY = 65_534;
const IS_ROOT = process.getuid?.() === 0;

describe('readTokenFile()', () => {
  it('gives the token without what is around it', (t) => {
    assert.equal(readTokenFile(tokenFile(t, `\n ${TOKEN}\r\n`)), TOKEN);
    assert.equal(readTokenFile(tokenFile(t, TOKEN, 0o400)), TOKEN);
  });

  it('follows a link to a file that is safe', (t) => {
    const file = tokenFile(t, TOKEN);
    symlinkSync(file, `${file}-link`);
    assert.equal(readTokenFile(`${file}-link`), TOKEN);
  });

  for (const mode of [0o640, 0o604, 0o620, 0o601]) {
    it(`refuses a file with the mode 0${mode.toString(8)}`, (t) => {
      const file = tokenFile(t, TOKEN, mode);
      const message = `Cannot take the token of ${file}: it is open to others: its mode is 0${mode.toString(8)}, and must be 0600: chmod 600 ${file}`;
      assert.throws(() => readTokenFile(file), { code: 'ERR_GRAPPOLO_OPS_TOKEN', message });
    });
  }

  it(
    'takes a secret of root that a group may read, by another user, and not by root',
    { skip: !IS_ROOT },
    (t) => {
      const folder = makeFolder(t);
      chmodSync(folder, 0o711);
      const file = path.join(folder, 'token');
      writeFileSync(file, TOKEN);
      chownSync(file, 0, NOBODY);
      chmodSync(file, 0o440);
      assert.throws(() => readTokenFile(file), { code: 'ERR_GRAPPOLO_OPS_TOKEN' });
      process.setegid?.(NOBODY);
      process.seteuid?.(NOBODY);
      try {
        assert.equal(readTokenFile(file), TOKEN);
      } finally {
        process.seteuid?.(0);
        process.setegid?.(0);
      }
    },
  );

  for (const [text, why] of [
    ['', /has 0 characters, and needs 16/],
    [`  ${TOKEN.slice(1)}  `, /has 15 characters/],
    [`${TOKEN} ${TOKEN}`, /printable/],
    [`${TOKEN}\n${TOKEN}`, /printable/],
    [`${TOKEN}é`, /printable/],
    ['x'.repeat(5000), /more than 4096 bytes/],
  ] as const) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, (t) => {
      const file = tokenFile(t, text);
      assert.throws(
        () => readTokenFile(file),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'ERR_GRAPPOLO_OPS_TOKEN');
          assert.match(error.message, why);
          assert(text === '' || !error.message.includes(text));
          return true;
        },
      );
    });
  }

  it('refuses what is no file, or is not there', (t) => {
    const folder = makeFolder(t);
    assert.throws(() => readTokenFile(folder), refused(/it is no regular file/));
    assert.throws(() => readTokenFile('/dev/null'), refused(/it is no regular file/));
    assert.throws(
      () => readTokenFile(path.join(folder, 'none')),
      refused(/no such file\. One is made by: umask 077; openssl rand -hex 32 > .*none$/),
    );
  });

  it("refuses another user's file", { skip: !IS_ROOT && 'only root can give a file away' }, (t) => {
    const file = tokenFile(t, TOKEN);
    chownSync(file, 65_534, 65_534);
    assert.throws(() => readTokenFile(file), {
      code: 'ERR_GRAPPOLO_OPS_TOKEN',
      message: /belongs to user 65534/,
    });
  });
});

function tokenFile(t: TestContext, text: string, mode = 0o600): string {
  const file = path.join(makeFolder(t), 'token');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

function refused(message: RegExp): object {
  return { code: 'ERR_GRAPPOLO_OPS_TOKEN', message };
}
