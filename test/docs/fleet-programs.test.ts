import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { endOf, startCommand } from '../cli/command.ts';
import { startServer } from '../fleet/nats-hosts.ts';
import { until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { fenced } from './pages.ts';

/** The one program of a page that uses the fleet, and what it prints. */
function shown(
  page: string,
  marker = "scope: 'fleet'",
): { readonly source: string; readonly prints: string } {
  const source = fenced(page, 'js').find((text) => text.includes(marker)) ?? '';
  const after = fenced(page, 'text').at(-1) ?? '';
  return { source, prints: after.trim() };
}

/** A folder in the project: there programs find both packages by their names. */
function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(inRoot('.build'), 'page-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return folder;
}

const env = { KUBERNETES_SERVICE_HOST: undefined };

async function twoHosts(t: TestContext, source: string): Promise<readonly Program[]> {
  const server = await startServer(t);
  const folder = folderWith(t, { 'worker.mjs': source });
  const fleet = ['--fleet', server.url, '--fleet-name', 'shop'];
  return ['web-1', 'web-2'].map((host) => {
    const args = [
      'start',
      'worker.mjs',
      '--workers',
      '1',
      '--ready',
      'online',
      '--fleet-host',
      host,
      ...fleet,
    ];
    return startCommand(t, args, { cwd: folder, env, timeoutMs: 120_000 });
  });
}

async function stop(programs: readonly Program[]): Promise<void> {
  for (const program of programs) program.child.kill('SIGTERM');
  for (const program of programs) {
    // oxlint-disable-next-line no-await-in-loop -- they end at the same time
    const { code, stderr } = await endOf(program);
    assert.equal(code, 0, stderr);
  }
}

describe('the pages on working together in a fleet', { concurrency: 2 }, () => {
  it('show a channel that brings what another host says: docs/channels.md', async (t) => {
    const { source, prints } = shown('docs/channels.md');
    const programs = await twoHosts(t, source);
    // Each has one worker, which does not hear itself.
    for (const program of programs)
      // oxlint-disable-next-line no-await-in-loop -- they say it at the same time
      await program.waitFor(new RegExp(`^(?:.* )?${prints}$`, 'm'));
    await stop(programs);
  });

  it('show a job that one process of all does: docs/jobs.md', async (t) => {
    const { source, prints } = shown('docs/jobs.md');
    const programs = await twoHosts(t, source);
    const doing = (): readonly Program[] => programs.filter(({ stdout }) => stdout.includes(prints));
    await until('one to do it', () => doing().length > 0, 60_000);
    assert.equal(doing().length, 1);
    await stop(programs);
  });

  it('show a program that joins by itself: docs/fleet.md', async (t) => {
    const server = await startServer(t);
    const { source } = shown('docs/fleet.md', 'useFleet(');
    // Its worker awaits its turn, and never listens.
    const job = shown('docs/jobs.md');
    const folder = folderWith(t, {
      'app.mjs': source.replace('nats://nats-1:4222', server.url).replace("'server.js'", "'server.mjs'"),
      'server.mjs': job.source,
    });
    const program = startProgram(t, path.join(folder, 'app.mjs'), {
      cluster: 'node',
      cwd: folder,
      env,
      timeoutMs: 120_000,
    });
    await program.waitFor(new RegExp(job.prints));
    assert.equal(program.stderr, '');
  });
});
