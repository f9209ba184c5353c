import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';
import { fenced } from './pages.ts';

/** The first program of each, and what it prints. */
const PAGES = ['docs/calls.md', 'docs/channels.md', 'docs/limiter.md'];

describe('the pages on working together', () => {
  for (const page of PAGES)
    it(`show a program, and what it prints: ${page}`, async (t) => {
      // In the project: there the program finds it by its name.
      const folder = mkdtempSync(path.join(inRoot('.build'), 'page-'));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      const file = path.join(folder, 'app.mjs');
      writeFileSync(file, fenced(page, 'js')[0] ?? '');
      const { stdout, stderr, code } = await runProgram(file, { cluster: 'node' });
      assert.deepEqual({ stdout, code }, { stdout: fenced(page, 'text')[0], code: 0 }, stderr);
    });
});
