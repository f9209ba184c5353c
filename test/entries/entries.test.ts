import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { joinNodeOptions } from '../../src/core/node-options.ts';
import { VERSION } from '../../src/core/version.ts';
import { inRoot, REGISTER_FILE, REGISTER_URL } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';
import type { Outcome, ProgramOptions } from '../support/program.ts';

const FIXTURES = inRoot('test/fixtures/entries');

/** What a program of the fixtures printed; it must have ended well. */
async function linesOf(file: string, options: ProgramOptions): Promise<string[]> {
  const outcome = await runProgram(path.resolve(FIXTURES, file), options);
  assert.equal(outcome.code, 0, JSON.stringify(outcome));
  return outcome.stdout.trimEnd().split('\n');
}

function temporaryFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'entries ')));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('the entry', { concurrency: 2 }, () => {
  const all = { required: true, imported: true, named: true, builtin: true, requiredBuiltin: true };

  for (const cluster of ['import', 'require'] as const) {
    it(`is one object by every way, with register preloaded by --${cluster}`, async () => {
      const lines = await linesOf('identity.mjs', { cluster });
      assert.deepEqual(
        lines.map((line) => JSON.parse(line) as unknown),
        [
          { side: 'primary', ...all },
          { side: 'worker', ...all },
        ],
      );
    });
  }

  it("is one object by every way to it without register, and node:cluster's too in a worker", async () => {
    const lines = await linesOf('identity.mjs', { cluster: 'node' });
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      [
        { side: 'primary', ...all, builtin: false, requiredBuiltin: false },
        { side: 'worker', ...all },
      ],
    );
  });

  for (const preload of [[], ['--require', REGISTER_FILE]]) {
    it(`needs no ES module where it is required, as under jest: ${preload.length > 0 ? 'register' : 'index'}`, async () => {
      const execArgv = ['--no-experimental-require-module', ...preload];
      assert.deepEqual(await linesOf('required.cjs', { cluster: 'node', execArgv }), [
        'worker true',
        'ended 0',
      ]);
    });
  }

  it('shares its state with another copy of the library', async (t) => {
    const folder = temporaryFolder(t);
    for (const copy of ['one', 'two']) {
      cpSync(inRoot('dist'), path.join(folder, copy, 'dist'), { recursive: true });
      writeFileSync(path.join(folder, copy, 'package.json'), JSON.stringify({ type: 'module' }));
    }
    writeFileSync(
      path.join(folder, 'program.mjs'),
      `import one from './one/dist/index.cjs';
       import two from './two/dist/index.cjs';
       console.log(one.isPrimary, one === two, one.Worker === two.Worker);
       if (one.isPrimary) two.fork();
       else process.disconnect();`,
    );
    const lines = await linesOf(path.join(folder, 'program.mjs'), { cluster: 'node' });
    assert.deepEqual(lines, ['true true true', 'false true true']);
    const registered = {
      cluster: 'node',
      execArgv: ['--import', './one/dist/register.cjs'],
      cwd: folder,
    } as const;
    assert.deepEqual(await linesOf(path.join(folder, 'program.mjs'), registered), lines);
    const both = { ...registered, execArgv: [...registered.execArgv, '--import', './two/dist/register.cjs'] };
    assert.deepEqual(await linesOf(path.join(folder, 'program.mjs'), both), lines);
  });

  for (const entries of [['index'], ['register'], ['index', 'register'], ['register', 'index']]) {
    it(`leaves a worker of node:cluster as it is, with one warning: ${entries.join(', then ')}`, async () => {
      const lines = await linesOf('foreign.mjs', { cluster: 'node', args: entries });
      assert.deepEqual(lines, [
        ...entries.map((entry) => `${entry} true`),
        'true number',
        'GrappoloWarning GRAPPOLO_FOREIGN_WORKER',
      ]);
    });
  }
});

describe('register', { concurrency: 2 }, () => {
  it('refuses to come after the library itself', async () => {
    const [line] = await linesOf('too-late.mjs', { cluster: 'node' });
    assert.match(
      line ?? '',
      /^GrappoloError ERR_GRAPPOLO_REGISTER_TOO_LATE Cannot take node:cluster's place: /,
    );
  });

  for (const [name, options] of [
    ['--import', { cluster: 'import' }],
    ['--require', { cluster: 'require' }],
    ['NODE_OPTIONS --import', { cluster: 'node', env: { NODE_OPTIONS: `--import ${REGISTER_URL}` } }],
    [
      'NODE_OPTIONS --require',
      { cluster: 'node', env: { NODE_OPTIONS: joinNodeOptions(['-r', REGISTER_FILE]) } },
    ],
  ] as const) {
    it(`gives node:cluster all names of both sides, by ${name}`, async () => {
      assert.deepEqual(await linesOf('named.mjs', options), ['primary []', 'worker []']);
    });
  }

  it('reaches dependencies, whichever module system they use', async (t) => {
    const folder = temporaryFolder(t);
    const files = {
      'node_modules/dep-common/index.js': "module.exports = require('cluster');",
      'node_modules/dep-module/index.js':
        "import cluster from 'cluster'; export { isPrimary } from 'cluster'; export default cluster;",
      'node_modules/dep-module/package.json': '{ "type": "module", "exports": "./index.js" }',
      'program.mjs': `
        import common from 'dep-common';
        import module, { isPrimary } from 'dep-module';
        import grappolo from ${JSON.stringify(REGISTER_URL.replace('register.cjs', 'index.cjs'))};
        console.log(isPrimary, grappolo.isPrimary, common === grappolo, module === grappolo);
        if (grappolo.isPrimary) grappolo.fork();
        else process.disconnect();`,
    };
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), content);
    }
    const lines = await linesOf(path.join(folder, 'program.mjs'), { cluster: 'import' });
    assert.deepEqual(lines, ['true true true true', 'false false true true']);
  });
});

describe('what a worker and its children see', { concurrency: 2 }, () => {
  const preload = ['--import', REGISTER_URL];
  const nodeOptions = joinNodeOptions(preload);
  for (const [name, options, expected] of [
    ['itself', { cluster: 'node' }, undefined],
    ['with --import', { cluster: 'import' }, { execArgv: preload, nodeOptions: '--no-deprecation' }],
    [
      'with NODE_OPTIONS',
      { cluster: 'node', env: { NODE_OPTIONS: nodeOptions } },
      { execArgv: [], nodeOptions },
    ],
  ] as const) {
    it(`is what node:cluster shows them, ${name}`, async () => {
      const shown = (await linesOf('hidden.cjs', options)).map(parseLine);
      const execArgv = ['--no-warnings', ...(expected?.execArgv ?? [])];
      const expectedOptions = expected?.nodeOptions ?? '--no-deprecation';
      const worker = { env: [], nodeOptions: expectedOptions, execArgv, argv: ['an argument'] };
      const grandchild = { env: [], nodeOptions: expectedOptions, execArgv: [], argv: ['grandchild'] };
      assert.deepEqual(shown, [
        ['worker', worker],
        ['grandchild true', grandchild],
        ['grandchild true', { ...grandchild, execArgv }],
        // Node tells a thread what the process was really started with, which is less: no second preload.
        ['thread', { ...worker, execArgv: ['--no-warnings'], argv: [] }],
      ]);
    });
  }
});

describe('a Node.js that lacks a hook', { concurrency: 2 }, () => {
  const missing = [
    ['_createServerHandle', 'net._createServerHandle'],
    ['_emitCloseIfDrained', 'net.Server.prototype._emitCloseIfDrained'],
  ] as const;
  const without = ['--require', `${FIXTURES}/without-hook.cjs`];
  const mark = JSON.stringify({ id: 1, slot: 0, version: VERSION, bootsItself: false, execArgv: [] });

  for (const [GONE, name] of missing) {
    for (const [where, execArgv, env] of [
      ['a primary by register', ['--import', REGISTER_URL], {}],
      ['a primary by import', ['--import', REGISTER_URL.replace('register.cjs', 'index.cjs')], {}],
      ['a worker', ['--require', inRoot('dist/boot.cjs')], { GRAPPOLO_WORKER: mark }],
    ] as const) {
      it(`is refused with one error that names ${name} in ${where}`, async () => {
        // register needs the hooks when the program forks.
        const outcome = await runProgram(`${FIXTURES}/forks.mjs`, {
          cluster: 'node',
          execArgv: [...without, ...execArgv],
          env: { GONE, ...env },
        });
        assertRefused(outcome, name);
      });
    }
  }
});

/** A line of a label and JSON. */
function parseLine(line: string): [label: string, seen: unknown] {
  const at = line.indexOf(' {');
  return [line.slice(0, at), JSON.parse(line.slice(at))];
}

function assertRefused({ code, stdout, stderr }: Outcome, name: string): void {
  assert.equal(code, 1);
  assert.equal(stdout, '');
  const message = `GrappoloError: Cannot run on Node.js ${process.version}: it lacks ${name}`;
  assert.equal(stderr.split(message).length - 1, 1, stderr);
  assert.match(stderr, /code: 'ERR_GRAPPOLO_UNSUPPORTED_RUNTIME'/);
  assert.equal(stderr.split('Error:').length - 1, 1, stderr);
}
