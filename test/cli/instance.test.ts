import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';

import type { SupervisorStatus } from '../../src/index.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import {
  ask,
  askSlowly,
  endOf,
  ownEnvironment,
  programFile,
  saidIn,
  startCommand,
  startedPids,
  startReady,
  workerPids,
} from './command.ts';

const SERVER = programFile('server.cjs');

describe('an instance that runs', { concurrency: 2 }, () => {
  it('says how it is', async (t) => {
    const { program, place, run } = await startReady(t, 'server.cjs');
    const [person, machine] = await Promise.all([run('status'), run('status', '--json')]);
    assert.deepEqual({ code: person.code, stderr: person.stderr }, { code: 0, stderr: '' });
    assert.match(person.stdout, /^server: running, 2 of 2 workers ready, generation 0, up /);
    assert(person.stdout.includes(`\nlistening on ${place}\n`));
    const { pid, workers } = JSON.parse(machine.stdout) as SupervisorStatus;
    assert.equal(pid, program.pid);
    assert.deepEqual(
      workers.map((worker) => worker.pid),
      workerPids(program),
    );
    for (const each of workerPids(program)) assert.match(person.stdout, new RegExp(`\\b${each} +ready\\b`));
  });

  it('is reloaded, scaled, mended and stopped from another process', async (t) => {
    const { program, run } = await startReady(t, 'server.cjs');
    const before = workerPids(program);
    const reloaded = await run('reload');
    assert.deepEqual({ code: reloaded.code, stderr: reloaded.stderr }, { code: 0, stderr: '' });
    assert.match(
      reloaded.stdout,
      /^reload 1: replacing 2 workers\n[^]*\nserver is reloaded: generation 1, 2 w/,
    );
    const scaled = await run('scale', '3');
    assert.equal(scaled.code, 0);
    assert.match(scaled.stdout, /server is scaled: 3 workers ready\n$/);
    const after = await startedPids(program, 5);
    assert.equal(after.length, 5);
    assert(before.every((pid) => after.includes(pid)));
    const replaced = await run('replace', '1');
    assert.deepEqual({ code: replaced.code, stderr: replaced.stderr }, { code: 0, stderr: '' });
    assert.match(replaced.stdout, /\nworker 1 of server is replaced: 3 workers ready\n$/);
    assert.equal((await startedPids(program, 6)).length, 6);
    const refused = await run('replace', '3');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /a slot from 0 to 2/);
    const stopped = await run('stop', '--name', 'server');
    assert.equal(stopped.code, 0);
    assert.match(stopped.stdout, /\nserver is stopped\n$/);
    assert.equal((await endOf(program)).code, 0);
    const late = await run('status');
    assert.equal(late.code, 1);
    assert.match(late.stderr, /^grappolo: No instance is running as this user: .*\n$/);
  });

  it('goes on where a reload fails, which says why and what the worker wrote', async (t) => {
    const folder = makeFolder(t, { fault: '' });
    const fault = path.join(folder, 'fault');
    const { program, place, run } = await startReady(t, 'deployed.cjs', '--', fault);
    writeFileSync(fault, 'no database');
    const { code, stderr } = await run('reload');
    assert.equal(code, 1);
    const [line, ...details] = stderr.split('\n');
    assert.match(
      line ?? '',
      /^grappolo: The reload failed, and workers that were not replaced go on: the new worker in slot 0 ended of an error that nobody caught: Error: no database/,
    );
    assert(
      details.some((detail) => / {4}\| Error: no database/.test(detail)),
      stderr,
    );
    assert(
      workerPids(program)
        .slice(0, 2)
        .includes((await ask(place)).pid),
    );
    const replaced = await run('replace', '1');
    assert.equal(replaced.code, 1);
    assert.match(replaced.stderr, /^grappolo: [^]* the new worker in slot 1 ended of [^]*no database/);
    writeFileSync(fault, '');
    assert.equal((await run('reload')).code, 0);
    assert.equal((await run('stop')).code, 0);
    const { code: own, stderr: told } = await endOf(program);
    assert.equal(own, 0);
    assert(saidIn(told).some((each) => each.startsWith('reload 1 failed: its new worker in slot 0 ')));
  });

  it('refuses a reload while another is under way', async (t) => {
    const { program, place, run } = await startReady(t, 'server.cjs');
    const slow = askSlowly(place);
    await program.waitFor(/request to/);
    const first = run('reload');
    await program.waitFor(/reload 1: 2 of 2 workers replaced\n/);
    for (const args of [['reload'], ['scale', '3'], ['replace', '0']]) {
      const { code, stderr } = await run(...args);
      assert.equal(code, 1);
      assert.match(stderr, /^grappolo: Cannot [^]*: a reload is under way\.\n$/);
    }
    await slow.finish();
    assert.equal((await first).code, 0);
    program.child.kill('SIGTERM');
    assert.equal((await endOf(program)).code, 0);
  });

  it('refuses what it does not understand, logs it, and goes on', async (t) => {
    const env = ownEnvironment(t);
    const program = startCommand(t, ['start', SERVER, '-w', '1'], { env });
    await program.waitFor(/ready, 1 worker\n/);
    const file = path.join(env.XDG_RUNTIME_DIR, 'grappolo', 'server.sock');
    const requests: readonly (readonly [text: string, reason: string])[] = [
      ['what?\n', 'it is not a JSON object'],
      ['{"version":2,"command":"stop"}\n', 'its version must be 1, not 2'],
      [
        '{"version":1,"command":"eval"}\n',
        'its command must be one of status, workers, reload, scale, replace, stop, report, fleet, watch, not "eval"',
      ],
      ['{"version":1,"command":"scale","workers":0}\n', 'workers must be a whole number from 1, not 0'],
      ['{"version":1', 'it ends before the end of its line'],
      ['x'.repeat(5000), 'it is larger than 4096 bytes'],
    ];
    for (const [text, reason] of requests) {
      const answer = JSON.parse(await say(file, text)) as object;
      assert.deepEqual(answer, {
        type: 'failed',
        code: 'ERR_GRAPPOLO_CONTROL_REFUSED',
        message: `The request is refused: ${reason}`,
      });
    }
    const status = await startCommand(t, ['status'], { env }).ended;
    assert.match(status.stdout, /^server: running, 1 of 1 workers ready/);
    program.child.kill('SIGTERM');
    const { code, stderr } = await endOf(program);
    assert.equal(code, 0);
    assert.deepEqual(
      saidIn(stderr),
      requests.map(([, reason]) => `control request refused: ${reason}`),
    );
    assert(!existsSync(file));
  });
});

describe('the name of an instance', { concurrency: 2 }, () => {
  it("is one process's at a time, and another says who that is", async (t) => {
    const env = ownEnvironment(t);
    const program = startCommand(t, ['start', SERVER, '-w', '1'], { env });
    await program.waitFor(/ready, 1 worker\n/);
    const second = await startCommand(t, ['start', SERVER, '-w', '1'], { env }).ended;
    assert.deepEqual({ code: second.code, stdout: second.stdout }, { code: 1, stdout: '' });
    const [line, ...others] = saidIn(second.stderr);
    assert.match(
      line ?? '',
      new RegExp(`^Cannot start as "server": process ${program.pid} has been running under this name since `),
    );
    assert.deepEqual(others, []);
    const other = startCommand(t, ['start', SERVER, '-w', '1', '--name', 'other'], { env });
    await other.waitFor(/ready, 1 worker\n/);
    const both = await startCommand(t, ['status'], { env }).ended;
    assert.equal(both.code, 1);
    assert.match(both.stderr, /^grappolo: Several instances are running: other, server\. /);
    for (const each of [program, other]) {
      each.child.kill('SIGTERM');
      assert.equal((await endOf(each)).code, 0);
    }
  });

  it('is free again when its process was killed', async (t) => {
    const env = ownEnvironment(t);
    const args = ['start', SERVER, '-w', '1'];
    const killed = startCommand(t, args, { env });
    await killed.waitFor(/ready, 1 worker\n/);
    killed.child.kill('SIGKILL');
    await killed.ended;
    assert(existsSync(path.join(env.XDG_RUNTIME_DIR, 'grappolo', 'server.sock')));
    const program = startCommand(t, args, { env });
    await program.waitFor(/ready, 1 worker\n/);
    const status = await startCommand(t, ['status', '--json'], { env }).ended;
    assert.equal((JSON.parse(status.stdout) as SupervisorStatus).pid, program.pid);
    program.child.kill('SIGTERM');
    const { code, stderr } = await endOf(program);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });
});

/** Sends a text to a control socket, closes that side, and gives the answer. */
async function say(file: string, text: string): Promise<string> {
  const socket = net.connect(file).setEncoding('utf8');
  socket.end(text);
  let answer = '';
  socket.on('data', (part: string) => (answer += part));
  await once(socket, 'close');
  return answer;
}
