import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { describe, it } from 'node:test';

import type { Cluster } from '../../src/index.ts';
import { MAX_WAITING } from '../../src/primary/exact-listener.ts';
import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import { anchorsOf, PAGES, read } from './pages.ts';

describe('the documentation', () => {
  for (const page of PAGES) {
    it(`${page} links only to files that exist`, () => {
      const targets = [...read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, target]) =>
        String(target),
      );
      const missing = targets.filter(
        (target) => !/^https?:/.test(target) && !existsSync(inRoot(path.dirname(page), target)),
      );
      assert.deepEqual(missing, []);
    });

    it(`${page} links only to headings that exist`, () => {
      const targets = [...read(page).matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)];
      const missing = targets.filter(([, file = '', anchor = '']) => {
        const target = file === '' ? page : path.join(path.dirname(page), file);
        return !anchorsOf(target).includes(anchor);
      });
      assert.deepEqual(
        missing.map(([link]) => link),
        [],
      );
    });
  }

  it('docs/api.md names each member of the cluster and of a worker', async () => {
    const { default: cluster, ...named } = (await import(inRoot('dist/index.cjs'))) as { default: Cluster };
    const members = [
      ...Object.keys(named),
      ...Object.keys(cluster).filter((name) => !name.startsWith('_')),
      ...Object.keys(cluster.Worker.prototype),
      ...Object.keys(new cluster.Worker()).filter((name) => !name.startsWith('_')),
      'endReason',
    ];
    assert(members.includes('setupPrimary') && members.includes('isDead') && members.includes('state'));
    const page = read('docs/api.md');
    const unnamed = members.filter(
      (name) => name !== 'module.exports' && !new RegExp(`\`(?:\\w+\\.)?${name}\\b`).test(page),
    );
    assert.deepEqual(unnamed, []);
  });

  it('docs/typescript.md names each type of grappolo/together', () => {
    const page = read('docs/typescript.md');
    const named = [...read('src/together.ts').matchAll(/export type \{([^}]+)\}/g)].flatMap(
      ([, names = '']) => names.trim().split(/\s*,\s*/),
    );
    assert(named.includes('Turn'));
    assert.deepEqual(
      named.filter((name) => !page.includes(`\`${name}\``)),
      [],
    );
  });

  it('the pages of grappolo-fleet name each of its functions and classes', async () => {
    const pages = read('packages/fleet/README.md') + read('docs/fleet.md') + read('docs/errors.md');
    const exports = Object.keys(await import('../../packages/fleet/src/index.ts'));
    assert(exports.includes('joinFleet'));
    assert.deepEqual(
      exports.filter((name) => !new RegExp(`\\b${name}\\b`).test(pages)),
      [],
    );
  });

  it('docs/schedulers.md shows what its example runs', () => {
    const shown = /```js\n(.*?)```/s.exec(read('docs/schedulers.md'))?.[1];
    assert(shown && read('examples/custom-scheduler.js').includes(shown));
  });

  it('docs/api.md and README.md tell how many connections can wait', () => {
    const count = MAX_WAITING.toLocaleString('en-US');
    assert(read('docs/api.md').includes(`${count} were waiting`));
    assert(read('README.md').includes(`At most ${count} connections wait`));
  });

  it("README.md's example serves, and replaces a worker that dies", async (t) => {
    const example = /```js\n(.*?)```/s.exec(read('README.md'))?.[1] ?? '';
    assert(example.includes('.listen(8000)') && example.includes("from 'grappolo'"));
    mkdirSync(inRoot('.build'), { recursive: true });
    const folder = mkdtempSync(inRoot('.build', 'readme-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'example.mjs');
    // Any free port, no more workers than it takes, and answers that tell who gave them.
    const adapted = example
      .replace('8000', '0')
      .replace('i < availableParallelism()', 'i < 2')
      .replace("'hello\\n'", '`hello ${process.pid}`');
    writeFileSync(file, adapted);

    const program = startProgram(t, file, { cluster: 'node' });
    const [, port] = await program.waitFor(
      /worker \d listens on port (\d+)\n[^]*worker \d listens on port \1\n/,
    );
    const [, pid] = /^hello (\d+)$/.exec(await get(Number(port))) ?? [];
    assert(pid, 'the example did not answer');
    process.kill(Number(pid), 'SIGKILL');
    await program.waitFor(/worker 3 listens on port/);
    assert.match(await get(Number(port)), /^hello/);
    program.child.kill('SIGTERM');
    assert.equal((await program.ended).signal, 'SIGTERM');
  });
});

async function get(port: number): Promise<string> {
  const [response] = (await once(http.get({ port, agent: false }), 'response')) as [http.IncomingMessage];
  let body = '';
  for await (const text of response.setEncoding('utf8')) body += text;
  return body;
}
