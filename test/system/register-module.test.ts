import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { inRoot, REGISTER_FILE as REGISTER, REGISTER_URL } from '../support/paths.ts';

// As it was built: it knows the register module beside it.
const built = pathToFileURL(inRoot('.build/src/system/register-module.js')).href;
const { isRegisterSpecifier } = (await import(built)) as typeof import('../../src/system/register-module.ts');

describe('isRegisterSpecifier', () => {
  const ours: readonly string[] = [
    'grappolo/register',
    REGISTER,
    REGISTER_URL,
    REGISTER_URL.replace('register.cjs', 'regist%65r.cjs'),
    path.relative(process.cwd(), REGISTER),
    `./${path.relative(process.cwd(), REGISTER)}`,
  ];
  for (const specifier of ours) {
    it(`holds for ${specifier}`, () => assert.equal(isRegisterSpecifier(specifier), true));
  }

  const others: readonly string[] = [
    '',
    'grappolo',
    'grappolo/register/x',
    'register.cjs',
    'node:cluster',
    '/no/such/register.cjs',
    'file:///no/such/register.cjs',
    'file://%%%',
    'file://some-host/register.cjs',
    REGISTER.replace('register.cjs', 'index.cjs'),
    'https://example.org/register.cjs',
    'data:text/javascript,1',
  ];
  for (const specifier of others) {
    it(`does not hold for ${specifier}`, () => assert.equal(isRegisterSpecifier(specifier), false));
  }

  it('follows a link, and knows another file of that name', (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'register-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'register.cjs');
    symlinkSync(REGISTER, file);
    assert.equal(isRegisterSpecifier(file), true);
    assert.equal(isRegisterSpecifier(pathToFileURL(file).href), true);
    rmSync(file);
    writeFileSync(file, '');
    assert.equal(isRegisterSpecifier(file), false);
  });
});
