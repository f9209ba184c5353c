import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';
import { fenced } from './pages.ts';

const PAGE = 'docs/limiter.md';

describe(PAGE, () => {
  it('shows a program, and what it prints', async (t) => {
    // In the project: there the program finds it by its name.
    const folder = mkdtempSync(path.join(inRoot('.build'), 'limiter-page-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'app.mjs');
    writeFileSync(file, fenced(PAGE, 'js')[0] ?? '');
    const { stdout, stderr, code } = await runProgram(file, { cluster: 'node' });
    assert.deepEqual({ stdout, code }, { stdout: fenced(PAGE, 'text')[0], code: 0 }, stderr);
  });
});
