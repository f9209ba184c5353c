import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { createRequire } from 'node:module';

import { parseArguments } from '../../src/cli/arguments.ts';
import { loadConfig } from '../../src/cli/config-file.ts';
import type { Config } from '../../src/cli/config.ts';
import { planOf } from '../../src/supervisor/options.ts';
import { endOf, startCommand } from '../cli/command.ts';
import { limitMs } from '../support/limits.ts';
import { inRoot } from '../support/paths.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { fenced, read } from './pages.ts';

const { freePorts } = createRequire(import.meta.url)(inRoot('test/support/free-ports.cjs')) as {
  freePorts: (count: number) => Promise<number>;
};

const FOLDER = 'examples/production';
/** Where they are quoted, and as what. */
const FENCES: Readonly<Record<string, readonly [page: string, language: string]>> = {
  'grappolo.config.json': ['docs/production.md', 'json'],
  'grappolo.service': ['docs/production.md', 'ini'],
  'grappolo.socket': ['docs/production.md', 'ini'],
  'deploy.sh': ['docs/production.md', 'sh'],
  'nginx.conf': ['docs/production.md', 'nginx'],
  'haproxy.cfg': ['docs/production.md', 'haproxy'],
  Dockerfile: ['docs/containers.md', 'dockerfile'],
  '.dockerignore': ['docs/containers.md', 'text'],
  'kubernetes.yaml': ['docs/containers.md', 'yaml'],
};
/** What they run. */
const UNQUOTED = ['server.js'];
/** What a stop takes at most besides the drain: for connections that wait, and until SIGKILL. */
const STOP_SECONDS = 7;

describe('the files for production', () => {
  it('are quoted in the guides as they are', () => {
    const quoted = Object.entries(FENCES);
    for (const [name, [page, language]] of quoted) {
      const text = read(`${FOLDER}/${name}`);
      assert(fenced(page, language).includes(text), `${name} is not quoted as it is`);
    }
    assert.deepEqual(
      readdirSync(inRoot(FOLDER)).toSorted(),
      [...Object.keys(FENCES), ...UNQUOTED].toSorted(),
    );
  });

  it('start and reload the instance that the config file names', async () => {
    const { name } = await config();
    for (const args of commands()) {
      const command = parseArguments(args);
      if (command.kind === 'start') assert.match(String(command.config), /(^|\/)grappolo\.config\.json$/);
      else assert(command.kind === 'remote' && command.name === name, args.join(' '));
    }
    assert.equal(commands().length, 5);
  });

  it('leave a stop as much time as it may take', async () => {
    const { drainTimeout = 0 } = await config();
    const plan = planOf({ exec: 'server.js' }, process);
    assert(STOP_SECONDS > plan.killAfterMs / 1000 + 1);
    const stopSeconds = drainTimeout / 1000 + STOP_SECONDS;
    assert(numberIn(read(`${FOLDER}/grappolo.service`), /^TimeoutStopSec=(\d+)$/m) > stopSeconds);
    assert(numberIn(read('docs/containers.md'), /--stop-timeout (\d+)/) > stopSeconds);
  });

  it('leave each worker its memory, and twice as many workers', async () => {
    const { maxMemory = 0, execArgv = [] } = await config();
    const manifest = read(`${FOLDER}/kubernetes.yaml`);
    const limit = numberIn(manifest, /limits: \{ cpu: '\d+', memory: (\d+)Mi \}/);
    const workers = numberIn(manifest, /limits: \{ cpu: '(\d+)'/);
    assert(numberIn(execArgv.join(' '), /--max-old-space-size=(\d+)/) > maxMemory);
    assert(limit > 2 * workers * maxMemory + 100);
  });

  it('serve, reload and stop', { timeout: limitMs(60_000) }, async (t) => {
    const port = await freePorts(1);
    const env = { PORT: String(port), XDG_RUNTIME_DIR: makeFolder(t) };
    const cwd = inRoot(FOLDER);
    const flags = ['--workers', '2', '--soak', '0', '--log', 'json'];
    const program = startCommand(t, ['start', '--config', 'grappolo.config.json', ...flags], { cwd, env });
    await program.waitFor(/"type":"ready"/);
    assert.equal(await get(port), 'ok\n');
    const reload = await startCommand(t, ['reload', '--name', 'api'], { cwd, env }).ended;
    assert.equal(reload.code, 0, reload.stderr);
    assert.equal(await get(port), 'ok\n');
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });
});

async function config(): Promise<Config> {
  const loaded = await loadConfig('grappolo.config.json', inRoot(FOLDER));
  assert(loaded);
  return loaded.config;
}

/** The arguments of each call of the command. */
function commands(): string[][] {
  const unit = [...read(`${FOLDER}/grappolo.service`).matchAll(/^Exec\w+=\S+\/grappolo (.*)$/gm)];
  const script = [...read(`${FOLDER}/deploy.sh`).matchAll(/^"\$grappolo" ([\w -]+?)(?: &&.*)?$/gm)];
  const image = /^CMD (\[.*\])$/m.exec(read(`${FOLDER}/Dockerfile`))?.[1] ?? '[]';
  const [, , ...started] = JSON.parse(image) as string[];
  return [...[...unit, ...script].map(([, args]) => String(args).split(' ')), started];
}

function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  assert(found !== undefined, `nothing matches ${pattern}`);
  return Number(found);
}

async function get(port: number): Promise<string> {
  const request = http.get({ port, path: '/healthz', agent: false });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let body = '';
  for await (const text of response.setEncoding('utf8')) body += text;
  return body;
}
