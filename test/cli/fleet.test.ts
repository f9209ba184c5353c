import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import type { FleetStatus } from '../../src/api/operations.ts';
import { request } from '../../src/cli/control/client.ts';
import { until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import type { Program } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { ask, endOf, ownEnvironment, programFile, startCommand } from './command.ts';

const SERVER = 'require("node:http").createServer((_, r) => r.end("{}")).listen(0);';
const COMMAND = `export async function runFleetCommand(argv, { print, env, isTerminal, width }) {
  print(JSON.stringify({ argv, engine: env.GRAPPOLO_FLEET, isTerminal, width }));
  return 2;
}
const link = { publish() {}, listen: () => ({ stop() {} }), holdLease: () => ({ release() {}, abandon() {} }) };`;
/** Tells what it is told. */
const TELLS = `export function joinFleet(options, instance, { note }) {
  note('joined ' + JSON.stringify({ ...options, version: options.version() }));
  return { link, leave: async () => note('left') };
}
${COMMAND}`;

describe('grappolo start --fleet', { concurrency: 2 }, () => {
  it('joins with what it was given, and leaves when all workers have ended', async (t) => {
    const folder = makeApp(t, TELLS);
    const files = ['credentials', 'ca', 'cert', 'key'].flatMap((key) => [`--fleet-${key}`, `${key}.pem`]);
    const program = start(t, folder, '--fleet-host', 'web-1', ...files);
    await program.waitFor(/ready, 1 worker\n/);
    assert.deepEqual(await joined(program), {
      servers: ['nats://a', 'nats://b'],
      name: 'shop',
      host: 'web-1',
      version: '1.0.0',
      credentialsFile: inFolder('credentials.pem'),
      tls: { ca: inFolder('ca.pem'), cert: inFolder('cert.pem'), key: inFolder('key.pem') },
    });
    program.child.kill('SIGTERM');
    const { code, stdout, stderr } = await endOf(program);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /grappolo: stopped\ngrappolo: fleet: left\n$/);

    function inFolder(name: string): string {
      return path.join(folder, name);
    }
  });

  it('takes it all from the config file as well, and the name of the machine', async (t) => {
    const folder = makeApp(t, TELLS);
    const config = { file: '../server.cjs', fleet: 'nats://c', fleetName: 'shop', fleetCa: 'ca.pem' };
    mkdirSync(path.join(folder, 'etc'));
    writeFileSync(path.join(folder, 'etc/grappolo.config.json'), JSON.stringify(config));
    const program = startCommand(t, ['start', '--workers', '1', '--config', 'etc/grappolo.config.json'], {
      cwd: folder,
    });
    assert.deepEqual(await joined(program), {
      servers: ['nats://c'],
      name: 'shop',
      host: os.hostname(),
      version: '1.0.0',
      tls: { ca: path.join(folder, 'etc/ca.pem') },
    });
    await stop(program);
  });

  it('lets the fleet see, reload, scale and close the instance, and tells it the version after a reload', async (t) => {
    const folder = makeApp(
      t,
      `import { writeFileSync } from 'node:fs';
      import { setTimeout as delay } from 'node:timers/promises';
      export function joinFleet(options, instance, { note, problem }) {
        const until = async (holds) => { while (!holds()) await delay(10); };
        const run = async () => {
          await until(() => instance.status().phase === 'running');
          const { status, slots } = await instance.report();
          note('report ' + JSON.stringify([status.ready, slots.length]));
          writeFileSync(new URL('../../package.json', import.meta.url), '{"version":"2.0.0"}');
          note('before ' + options.version());
          await instance.reload();
          await until(() => options.version() !== '1.0.0');
          note('after ' + options.version() + ', generation ' + instance.status().generation);
          await instance.scale(2);
          note('slots ' + instance.status().slots);
          await instance.close();
        };
        run().catch(problem);
        return { link, leave: async () => {} };
      }
      ${COMMAND}`,
    );
    const { code, stdout, stderr } = await endOf(start(t, folder));
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.deepEqual(
      [...stdout.matchAll(/^grappolo: fleet: (.*)$/gm)].map(([, line]) => line),
      ['report [1,1]', 'before 1.0.0', 'after 2.0.0, generation 1', 'slots 2'],
    );
  });

  it('tells problems with their codes, as text and as JSON, and serves on', async (t) => {
    const source = `export function joinFleet(options, instance, { problem }) {
      problem(Object.assign(new Error('Cannot reach it'), { code: 'ERR_PLAYED' }));
      throw new TypeError('no');
    }
    ${COMMAND}`;
    const program = start(t, makeApp(t, source));
    await program.waitFor(/ready, 1 worker\n/);
    await until('told', () =>
      program.stderr.endsWith('fleet: Cannot reach it (ERR_PLAYED)\ngrappolo: fleet: no\n'),
    );
    await stopAfterAnswer(program);

    const json = start(t, makeApp(t, source), '--log', 'json');
    await json.waitFor(/"level":"error","event":"error","type":"error","message":"fleet: no"}\n/);
    assert.match(json.stdout, /"type":"error","message":"fleet: Cannot reach it","code":"ERR_PLAYED"}\n/);
    await json.waitFor(/"event":"ready"/);
    await stop(json);
  });

  it('shows at the operations address, and on the control socket, what the package knows of all hosts', async (t) => {
    const folder = makeApp(
      t,
      `export function joinFleet({ host }) {
        let views = 0;
        const status = { phase: 'running', version: '2.0.0', generation: 7, ready: 1, wanted: 1, sinceMs: 1 };
        const hosts = [{ host: 'web-2', state: 'unknown' }, { host, state: 'known', status }];
        return {
          link,
          // It has to read it first.
          status: () => ((views += 1) < 3 ? { fleet: 'unknown', hosts: [] } : { fleet: 'known', hosts }),
          leave: async () => {},
        };
      }
      ${COMMAND}`,
    );
    const env = ownEnvironment(t);
    const args = [...ARGS, '--fleet-host', 'web-1', '--ops', '127.0.0.1:0', '--name', 'api'];
    const program = startCommand(t, ['start', ...args], { cwd: folder, env });
    const [, url = ''] = await program.waitFor(/(http:\/\/127\.0\.0\.1:\d+)\n/);
    await program.waitFor(/ready, 1 worker\n/);
    // A report serves for a second, and the first is older than the fleet.
    let fleet: FleetStatus | undefined;
    await until('the fleet is known', async () => {
      const reply = await fetch(`${url}/fleet`);
      if (reply.ok) fleet = (await reply.json()) as FleetStatus;
      return reply.ok;
    });
    assert(fleet);
    const { name, host, state, counts, hosts } = fleet;
    assert.deepEqual(
      { name, host, state, counts },
      { name: 'shop', host: 'web-1', state: 'known', counts: { hosts: 2, unknown: 1, short: 0 } },
    );
    assert.deepEqual(
      hosts.map((each) => [each.host, each.state, each.version, each.generation]),
      [
        ['web-1', 'known', '2.0.0', 7],
        ['web-2', 'unknown', null, null],
      ],
    );
    const shown = await request(
      'api',
      { command: 'fleet' },
      { folder: path.join(env.XDG_RUNTIME_DIR, 'grappolo') },
    );
    assert.deepEqual(shown, { type: 'fleet', fleet });
    await stop(program);
  });

  it('shows no fleet by a package that cannot say how it is', async (t) => {
    const program = start(t, makeApp(t, TELLS), '--ops', '127.0.0.1:0');
    const [, url = ''] = await program.waitFor(/(http:\/\/127\.0\.0\.1:\d+)\n/);
    await joined(program);
    assert.equal((await fetch(`${url}/fleet`)).status, 404);
    await stop(program);
  });

  it('tells that the package is too old for what programs would have of the fleet, and serves on', async (t) => {
    const program = start(t, makeApp(t, TELLS.replace('{ link, leave', '{ leave')));
    await program.waitFor(/ready, 1 worker\n/);
    const line =
      "grappolo: fleet: no channels and no jobs of the fleet: grappolo-fleet is older than this grappolo. Run 'npm install grappolo-fleet'\n";
    await until('told', () => program.stderr === line);
    await stopAfterAnswer(program);
  });

  it('tells that leaving has failed, and ends as it would', async (t) => {
    const source = `export const joinFleet = (options, instance, { note }) => {
      note('joined');
      return { link, leave: async () => { throw Object.assign(new Error('gone'), { code: 'ERR_PLAYED' }); } };
    };
    ${COMMAND}`;
    const program = start(t, makeApp(t, source));
    await program.waitFor(/fleet: joined\n/);
    program.child.kill('SIGTERM');
    const { code, stderr } = await endOf(program);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: 'grappolo: fleet: gone (ERR_PLAYED)\n' });
  });

  const stuck = `export const joinFleet = (options, instance, { note }) => {
    note('joined');
    return { link, leave: () => { note('leaving'); return new Promise(() => {}); } };
  };
  ${COMMAND}`;

  it('ends without having left where that takes too long', async (t) => {
    const program = start(t, makeApp(t, stuck));
    await program.waitFor(/fleet: joined\n/);
    program.child.kill('SIGTERM');
    const { code, stderr } = await endOf(program);
    assert.equal(code, 0);
    assert.match(stderr, /^grappolo: fleet: not left in time;.*\n$/);
  });

  it('ends without having left at a second signal', async (t) => {
    const program = start(t, makeApp(t, stuck));
    await program.waitFor(/fleet: joined\n/);
    program.child.kill('SIGTERM');
    await program.waitFor(/fleet: leaving\n/);
    // What comes soon after the first is taken for the same one.
    await until('ended', () => !program.child.kill('SIGINT'));
    assert.equal((await endOf(program)).code, 130);
  });

  it('joins nothing in Kubernetes, unless it is asked to', async (t) => {
    const folder = makeApp(t, TELLS);
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1' };
    const program = startCommand(t, ['start', ...ARGS], { cwd: folder, env });
    await program.waitFor(/fleet: not joined, since Kubernetes .* --fleet-in-kubernetes\n/);
    await program.waitFor(/ready, 1 worker\n/);
    assert.doesNotMatch(await stop(program), /joined \{|left/);

    const asked = startCommand(t, ['start', ...ARGS, '--fleet-in-kubernetes'], { cwd: folder, env });
    assert.equal((await joined(asked))['name'], 'shop');
    await stop(asked);
  });

  it('needs the name of the fleet', async (t) => {
    const args = ['start', programFile('server.cjs'), '--fleet', 'nats://a'];
    const { code, stdout, stderr } = await endOf(startCommand(t, args));
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.match(stderr, /^grappolo: --fleet needs --fleet-name, /);
  });
});

describe('the package grappolo-fleet', { concurrency: 2 }, () => {
  it("is found as the program's folder sees it, else beside grappolo", async (t) => {
    const main = install(t, TELLS.replaceAll('joined', 'beside grappolo'));
    const app = makeApp(t, TELLS.replaceAll('joined', 'beside the program'));
    const bare = makeApp(t);
    for (const [folder, where] of [
      [app, 'the program'],
      [bare, 'grappolo'],
    ] as const) {
      // The command is called somewhere else.
      const args = ['start', path.join(folder, 'server.cjs'), ...ARGS.slice(1)];
      const program = startInstalled(t, main, args);
      const [, found] = await program.waitFor(/fleet: beside (.*) \{/);
      assert.equal(found, where);
      await stop(program);
    }
  });

  it('is missed with one error, and the program serves on', async (t) => {
    const program = startInstalled(t, install(t), ['start', ...ARGS], makeApp(t));
    await program.waitFor(/ready, 1 worker\n/);
    const line =
      "grappolo: fleet: Cannot load the package grappolo-fleet: it is not installed. Run 'npm install grappolo-fleet' (ERR_GRAPPOLO_NO_FLEET)\n";
    await until('told', () => program.stderr === line);
    await stopAfterAnswer(program);
  });

  for (const [what, source, complaint] of [
    ['throws', "throw new RangeError('played');", /: .*index\.js has failed: played \(/],
    ['is of another version', 'export const joinFleet = 1;', /: .*index\.js is of a version for another /],
  ] as const) {
    it(`that ${what} is told of, and the program serves on`, async (t) => {
      const program = start(t, makeApp(t, source));
      await program.waitFor(/ready, 1 worker\n/);
      await until('told', () => complaint.test(program.stderr));
      assert.match(program.stderr, /\(ERR_GRAPPOLO_NO_FLEET\)\n$/);
      await stopAfterAnswer(program);
    });
  }
});

describe('grappolo fleet', { concurrency: 2 }, () => {
  it('gives what stands behind it to the package as it is, and ends with its exit code', async (t) => {
    const argv = ['scale', '4', '--json', '--all', '--soak=30s', '-h', '--', '--name', 'x'];
    const { code, stdout, stderr } = await endOf(
      startCommand(t, ['fleet', ...argv], { cwd: makeApp(t, TELLS), env: { GRAPPOLO_FLEET: 'nats://a' } }),
    );
    assert.deepEqual({ code, stderr }, { code: 2, stderr: '' });
    assert.deepEqual(JSON.parse(stdout), { argv, engine: 'nats://a', isTerminal: false });
  });

  it('ends with 1 and one error where the package is missing', async (t) => {
    const { code, stdout, stderr } = await endOf(
      startInstalled(t, install(t), ['fleet', 'status'], makeApp(t)),
    );
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
    assert.match(
      stderr,
      /^grappolo: Cannot load .* 'npm install grappolo-fleet' \(ERR_GRAPPOLO_NO_FLEET\)\n$/,
    );
  });
});

const ARGS = ['server.cjs', '--workers', '1', '--fleet', 'nats://a,nats://b', '--fleet-name', 'shop'];

/** A program of version 1.0.0, with a package of this source. */
function makeApp(t: TestContext, source?: string): string {
  const folder = makeFolder(t, { 'server.cjs': SERVER, 'package.json': '{"version":"1.0.0"}' });
  if (source !== undefined) addPackage(folder, source);
  return folder;
}

/** The command as it is installed, and not in this repository, which has the package; beside it one of this source. */
function install(t: TestContext, source?: string): string {
  const folder = makeFolder(t);
  const own = path.join(folder, 'node_modules/grappolo');
  mkdirSync(own, { recursive: true });
  cpSync(inRoot('dist'), path.join(own, 'dist'), { recursive: true });
  cpSync(inRoot('package.json'), path.join(own, 'package.json'));
  if (source !== undefined) addPackage(folder, source);
  return path.join(own, 'dist/cli.cjs');
}

function addPackage(folder: string, source: string): void {
  const own = path.join(folder, 'node_modules/grappolo-fleet');
  mkdirSync(own, { recursive: true });
  writeFileSync(
    path.join(own, 'package.json'),
    JSON.stringify({ name: 'grappolo-fleet', type: 'module', exports: './index.js' }),
  );
  writeFileSync(path.join(own, 'index.js'), source);
}

function start(t: TestContext, folder: string, ...args: readonly string[]): Program {
  return startCommand(t, ['start', ...ARGS, ...args], { cwd: folder });
}

function startInstalled(t: TestContext, main: string, args: readonly string[], cwd = os.tmpdir()): Program {
  return startProgram(t, main, { cluster: 'node', args, cwd, env: ownEnvironment(t) });
}

/** The options with which it has joined. */
async function joined(program: Program): Promise<Record<string, unknown>> {
  const [, options = ''] = await program.waitFor(/fleet: joined (.*)\n/);
  return JSON.parse(options) as Record<string, unknown>;
}

async function stop(program: Program): Promise<string> {
  program.child.kill('SIGTERM');
  const { code, stdout } = await endOf(program);
  assert.equal(code, 0);
  return stdout;
}

async function stopAfterAnswer(program: Program): Promise<void> {
  const [, place = ''] = /listening on (.*)\n/.exec(program.stdout) ?? [];
  await ask(place);
  await stop(program);
}
