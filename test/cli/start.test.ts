import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { usableCpus } from '../../src/system/cpus.ts';
import { ask, endOf, programFile, startCommand, startReady, takePort, workerPids } from './command.ts';

describe('grappolo start', { concurrency: 2 }, () => {
  it('runs a plain server on as many workers as asked for, in turn', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs', '--workers', '3');
    const pids = workerPids(program);
    assert.equal(pids.length, 3);
    const answered = new Set<number>();
    for (let i = 0; i < 6; i += 1) answered.add((await ask(place)).pid);
    assert.deepEqual(answered, new Set(pids));
    program.child.kill('SIGTERM');
    const { code, stdout, stderr } = await endOf(program);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.equal(stdout.match(/listening on/g)?.length, 1);
    assert.equal(stdout.match(/worker \d+ \(pid \d+\) stopped/g)?.length, 3);
  });

  it('runs one worker for each usable CPU by default', async (t) => {
    const program = startCommand(t, ['start', programFile('server.cjs')]);
    const [, workers] = await program.waitFor(/ready, (\d+) workers?\n/);
    assert.equal(Number(workers), usableCpus());
    program.child.kill('SIGTERM');
    assert.equal(workerPids(await endOf(program)).length, usableCpus());
  });

  it('lets the program see its own arguments and nothing else', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs', '--', '--port', 'x y', '--');
    const { args, execArgv, nodeOptions } = await ask(place);
    assert.deepEqual(
      { args, execArgv, nodeOptions },
      { args: ['--port', 'x y', '--'], execArgv: [], nodeOptions: null },
    );
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('runs an ES module', async (t) => {
    const { program, place } = await startReady(t, 'server.mjs');
    assert(workerPids(program).includes((await ask(place)).pid));
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('finds the file as node does: from the working directory, without its extension', async (t) => {
    const cwd = makeFolder(t);
    copyFileSync(programFile('server.cjs'), path.join(cwd, 'app.js'));
    const program = startCommand(t, ['start', 'app', '-w', '1'], { cwd });
    await program.waitFor(/ready, 1 worker\n/);
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('--policy none lets the workers accept by themselves', async (t) => {
    const { program, place } = await startReady(t, 'server.cjs', '--policy', 'none');
    assert(workerPids(program).includes((await ask(place)).pid));
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('serves UDP', async (t) => {
    const { program, place } = await startReady(t, 'udp.cjs');
    const [, port] = /^UDP localhost:(\d+)$/.exec(place) ?? [];
    const client = dgram.createSocket('udp4');
    t.after(() => client.close());
    client.send('hello', Number(port), '127.0.0.1');
    const [message] = (await once(client, 'message')) as [Buffer];
    const [, pid] = /^hello at (\d+)$/.exec(message.toString()) ?? [];
    assert(workerPids(program).includes(Number(pid)));
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('serves on a UNIX path and removes it', async (t) => {
    const socketPath = path.join(makeFolder(t), 'web.sock');
    const { program, place } = await startReady(t, 'unix.cjs', '--', socketPath);
    assert.equal(place, `UNIX socket ${socketPath}`);
    assert(workerPids(program).includes((await ask({ socketPath })).pid));
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
    assert(!existsSync(socketPath));
  });
});

describe('the first worker of grappolo start', { concurrency: 2 }, () => {
  it('fails for all when its port is taken: said once, with 1', async (t) => {
    const port = await takePort(t);
    const program = startCommand(t, ['start', programFile('server.cjs'), '-w', '4'], {
      env: { PORT: String(port) },
    });
    const { code, stdout, stderr } = await endOf(program);
    assert.equal(code, 1);
    const said = stderr.split('\n').filter((line) => line.startsWith('grappolo:'));
    assert.deepEqual(said, [
      `grappolo: cannot listen on http://localhost:${port}: address already in use (EADDRINUSE)`,
    ]);
    assert.match(stdout, /^grappolo: worker 1 \(pid \d+\) started\n$/);
  });

  it('fails when it lives on without the port that it wanted', async (t) => {
    const port = await takePort(t);
    const args = ['start', programFile('other-port.cjs'), '-w', '2', '--', 'give-up'];
    const program = startCommand(t, args, { env: { PORT: String(port) } });
    const { code, stderr, stdout } = await endOf(program);
    assert.equal(code, 1);
    assert.match(stderr, /^grappolo: cannot listen on .* \(EADDRINUSE\)\n$/);
    assert.equal(workerPids({ stdout }).length, 1);
  });

  it('may take another port where the first is taken', async (t) => {
    const port = await takePort(t);
    const program = startCommand(t, ['start', programFile('other-port.cjs'), '-w', '2'], {
      env: { PORT: String(port) },
    });
    const [, url = ''] = await program.waitFor(/listening on (.*)\n/);
    await program.waitFor(/ready, 2 workers/);
    assert(workerPids(program).includes((await ask(url)).pid));
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('fails for all when the file cannot be run', async (t) => {
    const file = path.join(makeFolder(t), 'wrong.cjs');
    writeFileSync(file, 'const = 1;\n');
    const { code, stdout, stderr } = await endOf(startCommand(t, ['start', file, '-w', '4']));
    assert.equal(code, 1);
    assert.match(stderr, /SyntaxError/);
    assert.match(
      stderr,
      /grappolo: cannot run .*wrong\.cjs: its first worker exited with code 1 before it listened\n$/,
    );
    assert.equal(workerPids({ stdout }).length, 1);
  });

  it('that just ends with 0 was all there is to do', async (t) => {
    const { code, stdout, stderr } = await endOf(
      startCommand(t, ['start', programFile('ends.cjs'), '-w', '4', '--', '0', '0']),
    );
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.match(stdout, /ends\.cjs ended with code 0 and did not listen: nothing to keep running\n$/);
    assert.equal(workerPids({ stdout }).length, 1);
  });

  it('that lives without listening is followed by the others, and all may end with 0', async (t) => {
    const { code, stdout } = await endOf(
      startCommand(t, ['start', programFile('ends.cjs'), '-w', '2', '--', '2500', '0']),
    );
    assert.equal(code, 0);
    assert.equal(workerPids({ stdout }).length, 2);
    assert.equal(stdout.match(/exited with code 0: it is done/g)?.length, 2);
  });
});

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'grappolo-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
