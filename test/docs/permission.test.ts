import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import type { Outcome } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { endOf, startCommand } from '../cli/command.ts';
import { read } from './pages.ts';

const PAGE = 'docs/permission.md';
const [MAJOR = 0] = process.versions.node.split('.').map(Number);
const NET = process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : [];

const PLAIN = `require('http').createServer((request, response) => response.end('x')).listen(0);`;
const OWN = `
  import cluster from 'grappolo';
  import http from 'node:http';
  if (cluster.isPrimary) {
    cluster.fork();
    cluster.on('listening', (worker, { port }) =>
      http.get({ port, agent: false }, (response) => {
        response.resume().on('end', () => { console.log('answered', response.statusCode); process.exit(); });
      }));
  } else {
    http.createServer((request, response) => response.end('x')).listen(0);
  }
`;

describe(PAGE, { concurrency: 2, skip: MAJOR < 22 && 'this Node has no permission model' }, () => {
  it('a primary of your own runs with what the page says', async (t) => {
    const { code, stdout, stderr } = await run(t, flagsOf(/^ {4}node (--permission.*) app\.js$/m));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /answered 200/);
    assert.doesNotMatch(stderr, /NO_QUEUE_LANE/);
  });

  it('--allow-child-process is needed, and Node says so', async (t) => {
    const flags = flagsOf(/^ {4}node (--permission.*) app\.js$/m);
    const { code, stderr } = await run(
      t,
      flags.filter((flag) => flag !== '--allow-child-process'),
    );
    assert.equal(code, 1);
    assert.match(stderr, /ERR_ACCESS_DENIED/);
  });

  it('--allow-addons is not needed', async (t) => {
    const flags = flagsOf(/^ {4}node (--permission.*) app\.js$/m);
    const { code, stdout, stderr } = await run(
      t,
      flags.filter((flag) => flag !== '--allow-addons'),
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /answered 200/);
  });

  it('the command runs with what the page says, without a control socket', async (t) => {
    const shown = flagsOf(
      /^ {4}node (--permission.*) node_modules\/grappolo\/dist\/cli\.cjs start app\.js$/m,
    );
    const cwd = makeFolder(t, { 'app.cjs': PLAIN });
    const execArgv = allowing(shown, cwd);
    const program = startCommand(t, ['start', 'app.cjs', '-w', '1'], { cwd, execArgv });
    await program.waitFor(/ready, 1 worker\n/);
    program.child.kill('SIGTERM');
    const { code, stderr } = await endOf(program);
    assert.equal(code, 0);
    assert.match(stderr, /Cannot use .* for control sockets/);
  });

  it('the workers alone run with what the page says', async (t) => {
    const shown = flagsOf(/^ {4}grappolo start (--permission.*) app\.js$/m);
    const cwd = makeFolder(t, { 'app.cjs': PLAIN });
    const flags = allowing(shown, cwd);
    const program = startCommand(t, ['start', ...flags, 'app.cjs', '-w', '1'], { cwd });
    await program.waitFor(/ready, 1 worker\n/);
    program.child.kill('SIGTERM');
    const { code, stderr } = await endOf(program);
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /control sockets|NO_QUEUE_LANE/);
  });
});

function flagsOf(pattern: RegExp): string[] {
  const [, shown = ''] = pattern.exec(read(PAGE)) ?? [];
  assert(shown !== '', `${PAGE} shows nothing like ${pattern}`);
  return shown.split(' ');
}

/** The page's options for a program that is in this folder, and for this Node. */
function allowing(flags: readonly string[], folder: string): string[] {
  const folders = [`--allow-fs-read=${folder}`, `--allow-fs-read=${inRoot()}`];
  return [...flags.flatMap((flag) => (flag.startsWith('--allow-fs-read=') ? folders : [flag])), ...NET];
}

async function run(t: TestContext, flags: readonly string[]): Promise<Outcome> {
  const folder = makeFolder(t, { 'app.mjs': OWN.replace("'grappolo'", `'${inRoot('dist/index.cjs')}'`) });
  const file = path.join(folder, 'app.mjs');
  return startProgram(t, file, { cluster: 'node', execArgv: allowing(flags, folder) }).ended;
}
