import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, lstatSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, it } from 'node:test';

import { findInstances, onlyInstance, request } from '../../../src/cli/control/client.ts';
import { ControlServer } from '../../../src/cli/control/server.ts';
import { inRoot } from '../../support/paths.ts';
import { startProgram } from '../../support/program.ts';
import { makeFolder } from '../../support/temporary-folder.ts';
import { FAILURE } from './fake-supervisor.ts';
import { linesFrom, openControl, say, STATUS } from './open-control.ts';

describe('ControlServer', () => {
  it('listens on a socket for this user only, and removes it', async (t) => {
    const before = process.umask(0);
    t.after(() => process.umask(before));
    const { control, folder } = await openControl(t);
    assert.equal(control.file, path.join(folder, 'api.sock'));
    const stats = lstatSync(control.file);
    assert(stats.isSocket());
    assert.equal(stats.mode & 0o777, 0o600);
    assert.equal(process.umask(), 0);
    const closing = control.close();
    assert.deepEqual(readdirSync(folder), []);
    assert.equal(control.close(), closing);
    await closing;
  });

  it('answers a question, also to who closes its side', async (t) => {
    const { control } = await openControl(t);
    const [done, ...others] = await say(control, STATUS, { end: true });
    assert.deepEqual(others, []);
    assert.equal(done?.['type'], 'done');
    assert.equal((done['status'] as { pid: number }).pid, process.pid);
    assert.equal((await say(control, STATUS.replace('status', 'workers')))[0]?.['type'], 'done');
  });

  it('answers what was asked before it serves', async (t) => {
    const { control, supervisor } = await openControl(t, { isServing: false });
    const asked = say(control, STATUS);
    await once(
      net.connect(control.file).on('error', () => {}),
      'connect',
    );
    control.serve(supervisor);
    assert.equal((await asked)[0]?.['type'], 'done');
  });

  it('tells what happens, and how it ended', async (t) => {
    const { supervisor, folder } = await openControl(t);
    const events: string[] = [];
    const asked = request(
      'api',
      { command: 'scale', workers: 5 },
      { folder, onEvent: ({ type }) => events.push(type) },
    );
    await once(supervisor, 'event');
    supervisor.happen({ type: 'scale-started', from: 2, to: 5 });
    supervisor.slots = 5;
    supervisor.succeed();
    const answer = await asked;
    assert(answer.type === 'done');
    assert.equal(answer.status.slots, 5);
    assert.deepEqual(events, ['stopping', 'scale-started']);
    assert.deepEqual(supervisor.calls, ['scale 5']);
    assert.deepEqual(answer.status, JSON.parse(JSON.stringify(supervisor.status())));
  });

  it('tells why something has failed, with the worker it failed by', async (t) => {
    const { supervisor, folder } = await openControl(t);
    const asked = request('api', { command: 'reload' }, { folder });
    await once(supervisor, 'event');
    supervisor.happen({ type: 'reload-failed', generation: 2, failure: FAILURE });
    supervisor.fail('ERR_GRAPPOLO_RELOAD_FAILED', 'worker 7 has failed', FAILURE);
    assert.deepEqual(await asked, {
      type: 'failed',
      code: 'ERR_GRAPPOLO_RELOAD_FAILED',
      message: 'worker 7 has failed',
      failure: FAILURE,
    });
  });

  it("does not take another's failure for the own", async (t) => {
    const { supervisor, folder } = await openControl(t);
    const asked = request('api', { command: 'reload' }, { folder });
    await once(supervisor, 'event');
    supervisor.happen({ type: 'scale-failed', slots: 2, failure: FAILURE });
    supervisor.fail('ERR_GRAPPOLO_BUSY', 'busy');
    assert.deepEqual(await asked, { type: 'failed', code: 'ERR_GRAPPOLO_BUSY', message: 'busy' });
  });

  for (const [error, code, message] of [
    [new RangeError('odd'), 'RangeError', 'odd'],
    ['text', 'Error', 'text'],
    [undefined, 'Error', 'undefined'],
  ] as const) {
    it(`tells of whatever is thrown: ${String(error)}`, async (t) => {
      const { supervisor, folder } = await openControl(t);
      const asked = request('api', { command: 'stop' }, { folder });
      await once(supervisor, 'event');
      supervisor.failWith(error);
      assert.deepEqual(await asked, { type: 'failed', code, message });
    });
  }

  it('goes on with what a client asked for that has left', async (t) => {
    const { control, supervisor, refused } = await openControl(t);
    const client = net.connect(control.file);
    client.write('{"version":1,"command":"reload"}\n');
    await once(supervisor, 'event');
    client.destroy();
    await once(client, 'close');
    for (let i = 0; i < 20; i += 1) {
      supervisor.happen({ type: 'reload-progress', generation: 2, done: i, slots: 20 });
      await new Promise((resolve) => setImmediate(resolve));
    }
    supervisor.succeed();
    assert.equal((await say(control, STATUS))[0]?.['type'], 'done');
    assert.deepEqual(supervisor.calls, ['reload']);
    assert.deepEqual(refused, []);
  });

  it('answers before it is closed', async (t) => {
    const { control, supervisor, folder } = await openControl(t);
    const asked = request('api', { command: 'stop' }, { folder });
    await once(supervisor, 'event');
    supervisor.succeed();
    await control.close();
    assert.equal((await asked).type, 'done');
    assert.equal(supervisor.listenerCount('event'), 0);
  });

  it('closes what it cannot answer', async (t) => {
    const { control, supervisor, folder } = await openControl(t);
    const silent = net.connect(control.file);
    await once(silent, 'connect');
    const asked = request('api', { command: 'reload' }, { folder });
    await once(supervisor, 'event');
    await Promise.all([
      once(silent.resume(), 'close'),
      control.close(),
      assert.rejects(asked, { code: 'ERR_GRAPPOLO_CONTROL_LOST', message: /it has closed the connection/ }),
    ]);
    assert.deepEqual(await findInstances(folder), []);
  });

  it('closes what was asked before it serves, where it never does', async (t) => {
    const { control, folder } = await openControl(t, { isServing: false });
    const asked = request('api', { command: 'status' }, { folder });
    const rejected = assert.rejects(asked, { code: 'ERR_GRAPPOLO_CONTROL_LOST' });
    await once(
      net.connect(control.file).on('error', () => {}),
      'connect',
    );
    await control.close();
    await rejected;
  });

  it("leaves another's file alone", async (t) => {
    const { control, folder } = await openControl(t);
    renameSync(control.file, path.join(folder, 'moved'));
    writeFileSync(control.file, 'another');
    await control.close();
    assert(existsSync(control.file));
  });

  it('is closed where its file is gone', async (t) => {
    const { control, folder } = await openControl(t);
    rmSync(folder, { recursive: true });
    await control.close();
  });

  it('does not keep a process alive', async (t) => {
    const folder = makeFolder(t);
    const file = path.join(folder, 'opens.mjs');
    const server = JSON.stringify(inRoot('.build/src/cli/control/server.js'));
    writeFileSync(
      file,
      `import { ControlServer } from ${server};
       import net from 'node:net';
       const control = await ControlServer.open({ folder: ${JSON.stringify(folder)}, name: 'a', onRefused() {} });
       net.connect(control.file).unref();
       console.log('opened');`,
    );
    const { code, stdout, isHung } = await startProgram(t, file, { cluster: 'node' }).ended;
    assert.deepEqual({ code, stdout, isHung }, { code: 0, stdout: 'opened\n', isHung: false });
    assert.deepEqual(await findInstances(folder), []);
  });
});

describe('ControlServer, asked wrongly', () => {
  for (const [what, text, reason] of [
    ['something else', 'GET / HTTP/1.1\r\n\r\n', /it is not a JSON object/],
    ['bytes', '\u0000\uFFFF\u0001\n', /it is not a JSON object/],
    [
      'an unknown command',
      '{"version":1,"command":"kill"}\n',
      /its command must be one of status, .*, not "kill"/,
    ],
    ['an unknown version', '{"version":9,"command":"stop"}\n', /its version must be 1, not 9/],
    [
      'a wrong type',
      '{"version":1,"command":"scale","workers":"9"}\n',
      /workers must be a whole number from 1, not "9"/,
    ],
    ['a line of 4097 bytes', `${' '.repeat(4096)}\n`, /it is larger than 4096 bytes/],
    ['no end of the line', 'x'.repeat(5000), /it is larger than 4096 bytes/],
    ['a megabyte', 'x'.repeat(1 << 20), /it is larger than 4096 bytes/],
  ] as const) {
    it(`refuses ${what}, says so, and goes on`, async (t) => {
      const { control, supervisor, refused } = await openControl(t);
      const [answer, ...others] = await say(control, text);
      assert.deepEqual(others, []);
      assert.equal(answer?.['code'], 'ERR_GRAPPOLO_CONTROL_REFUSED');
      assert.match(String(answer?.['message']), reason);
      assert.match(refused.join('\n'), reason);
      assert.equal(refused.length, 1);
      assert.equal((await say(control, STATUS))[0]?.['type'], 'done');
      assert.deepEqual(supervisor.calls, []);
    });
  }

  it('takes a request of 4096 bytes, in pieces', async (t) => {
    const { control } = await openControl(t);
    const client = net.connect(control.file);
    const text = `${' '.repeat(4096 - STATUS.length)}${STATUS}`;
    for (let i = 0; i < text.length; i += 512) {
      client.write(text.slice(i, i + 512));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal((await linesFrom(client))[0]?.['type'], 'done');
  });

  it('refuses who ends before the line does', async (t) => {
    const { control, refused } = await openControl(t);
    const [answer] = await say(control, STATUS.trim(), { end: true });
    assert.match(String(answer?.['message']), /it ends before the end of its line/);
    assert.equal(refused.length, 1);
  });

  it('says nothing of who only looks whether it is there', async (t) => {
    const { control, folder, refused } = await openControl(t);
    assert.equal(await onlyInstance(folder), 'api');
    assert.deepEqual(await say(control, '', { end: true }), []);
    assert.deepEqual(refused, []);
  });

  it('refuses who sends nothing, or too slowly', async (t) => {
    const { control, refused } = await openControl(t, { requestTimeoutMs: 300 });
    const [nothing] = await say(control, '');
    assert.match(String(nothing?.['message']), /it has not come within 300 ms/);
    const slow = net.connect(control.file);
    const timer = setInterval(() => slow.write(' '), 50);
    const [answer] = await linesFrom(slow);
    clearInterval(timer);
    assert.match(String(answer?.['message']), /it has not come within 300 ms/);
    assert.equal(refused.length, 2);
  });

  it('does one request of a connection', async (t) => {
    const { control, refused } = await openControl(t);
    assert.equal((await say(control, STATUS.repeat(100))).length, 1);
    assert.deepEqual(refused, []);
  });

  it('refuses the 65th client, and takes one again when another has left', async (t) => {
    const { control, refused } = await openControl(t);
    const clients = Array.from({ length: 64 }, () => net.connect(control.file));
    await Promise.all(clients.map((client) => once(client, 'connect')));
    const [answer] = await say(control, '');
    assert.match(String(answer?.['message']), /there are 64 clients already/);
    assert.equal(refused.length, 1);
    for (const client of clients) client.destroy();
    for (;;) {
      const [next] = await say(control, STATUS).catch(() => []);
      if (next?.['type'] === 'done') break;
    }
  });

  it('ends a client that does not read, and not what it asked for', async (t) => {
    const { control, supervisor, refused } = await openControl(t);
    const client = net.connect({ path: control.file });
    client.on('error', () => {}).pause();
    client.write('{"version":1,"command":"reload"}\n');
    await once(supervisor, 'event');
    const output = ['x'.repeat(100_000)];
    for (let i = 0; refused.length === 0; i += 1) {
      assert(i < 1000, 'it is never ended');
      supervisor.happen({ type: 'gave-up', failures: 5, failure: { ...FAILURE, output } });
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(refused, ['a client does not read what it is told']);
    supervisor.succeed();
    assert.equal((await say(control, STATUS))[0]?.['type'], 'done');
    client.destroy();
  });

  it('goes on where the log throws', async (t) => {
    const { control } = await openControl(t, {
      onRefused: () => {
        throw new Error('no log');
      },
    });
    assert.equal((await say(control, 'x\n'))[0]?.['type'], 'failed');
    assert.equal((await say(control, STATUS))[0]?.['type'], 'done');
  });

  it('takes sixty questions at once without a warning', async (t) => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    t.after(() => process.off('warning', onWarning));
    const { folder } = await openControl(t);
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => request('api', { command: 'status' }, { folder })),
    );
    assert(answers.every(({ type }) => type === 'done'));
    assert.deepEqual(warnings, []);
  });
});

describe('ControlServer.open', () => {
  it('says who holds the name', async (t) => {
    const { folder } = await openControl(t);
    await assert.rejects(ControlServer.open({ folder, name: 'api', onRefused: () => {} }), {
      code: 'ERR_GRAPPOLO_NAME_TAKEN',
      message: new RegExp(
        `^Cannot start as "api": process ${process.pid} has been running under this name since \\d{4}-`,
      ),
    });
    assert.deepEqual(readdirSync(folder), ['api.sock']);
    assert.deepEqual(await findInstances(folder), ['api']);
  });

  it('waits no longer than it is to for the holder to say who it is', async (t) => {
    const { folder } = await openControl(t, { isServing: false });
    const opening = ControlServer.open({ folder, name: 'api', onRefused: () => {}, holderTimeoutMs: 50 });
    await assert.rejects(opening, {
      code: 'ERR_GRAPPOLO_NAME_TAKEN',
      message: /^Cannot start as "api": a process that does not say who it is holds /,
    });
  });

  it('says that a path is too long, and makes nothing', async (t) => {
    const folder = path.join(makeFolder(t), 'x'.repeat(100));
    await assert.rejects(ControlServer.open({ folder, name: 'api', onRefused: () => {} }), {
      code: 'ERR_GRAPPOLO_CONTROL_FOLDER',
      message: /its path has \d+ bytes, and a socket's can have 10[37]\./,
    });
    assert(!existsSync(folder));
  });

  it('says what the system refuses, and leaves nothing', async (t) => {
    const folder = makeFolder(t, { 'api.lock': 'a file' });
    await assert.rejects(ControlServer.open({ folder, name: 'api', onRefused: () => {} }), {
      code: 'ERR_GRAPPOLO_CONTROL_FOLDER',
      message: /^Cannot listen on .*api\.sock: ENOTDIR/,
    });
    assert.deepEqual(readdirSync(folder), ['api.lock']);
  });
});

describe('ControlServer in a process that has no descriptor left', () => {
  it('fails to open in words, and leaves nothing; serves again when it has some', async (t) => {
    const folder = makeFolder(t);
    const program = startProgram(t, inRoot('test/cli/control/programs/few-descriptors.mjs'), {
      cluster: 'node',
      args: ['64', inRoot('test/cli/control/programs/no-descriptors.mjs'), folder, 'api'],
    });
    await program.waitFor(/failed: ERR_GRAPPOLO_CONTROL_FOLDER Cannot listen on .*api\.sock: .*EMFILE/);
    await program.waitFor(/serving\n/);
    assert.deepEqual(readdirSync(folder), ['api.sock']);
    // It is closed without a word, or waits until there are descriptors.
    const early = request('api', { command: 'status' }, { folder, signal: AbortSignal.timeout(1000) });
    await assert.rejects(early, { code: 'ERR_GRAPPOLO_CONTROL_LOST' });
    process.kill(Number((await program.waitFor(/pid (\d+)\n/))[1]), 'SIGUSR2');
    await program.waitFor(/released\n/);
    const { type } = await request('api', { command: 'status' }, { folder });
    assert.equal(type, 'done');
  });
});

describe('the client', () => {
  it('finds those that run, and no others', async (t) => {
    const { folder } = await openControl(t);
    await openControl(t, { folder, name: 'b.2' });
    const { control } = await openControl(t, { folder, name: 'c' });
    await control.close();
    writeFileSync(path.join(folder, 'dead.sock'), '');
    writeFileSync(path.join(folder, 'no name.sock'), '');
    assert.deepEqual(await findInstances(folder), ['api', 'b.2']);
    await assert.rejects(onlyInstance(folder), {
      code: 'ERR_GRAPPOLO_NAME_NEEDED',
      message: 'Several instances are running: api, b.2. Name one with --name',
    });
    await assert.rejects(request('dead', { command: 'status' }, { folder }), {
      code: 'ERR_GRAPPOLO_NOT_RUNNING',
      message: 'No instance "dead" is running; these are: api, b.2',
    });
  });

  it('finds none where nothing ever ran', async (t) => {
    const folder = path.join(makeFolder(t), 'none');
    assert.deepEqual(await findInstances(folder), []);
    await assert.rejects(onlyInstance(folder), {
      code: 'ERR_GRAPPOLO_NOT_RUNNING',
      message: /^No instance is running as this user: .*XDG_RUNTIME_DIR.*grappolo start FILE$/,
    });
    await assert.rejects(request('api', { command: 'stop' }, { folder }), {
      code: 'ERR_GRAPPOLO_NOT_RUNNING',
      message: 'No instance "api" is running; none is',
    });
  });

  for (const [what, answer, message] of [
    ['nothing', '', /it has closed the connection/],
    [
      'events only',
      '{"type":"event","event":{"type":"stopping","atMs":1}}\n',
      /it has closed the connection/,
    ],
    ['half an answer', '{"type":"done","status"', /it has closed the connection/],
    [
      'something else',
      'HTTP/1.1 400 Bad Request\r\n',
      /its answer cannot be understood: HTTP\/1\.1 400 Bad Request/,
    ],
  ] as const) {
    it(`says that the answer is lost where it gets ${what}`, async (t) => {
      const folder = makeFolder(t);
      const server = net.createServer((socket) => socket.on('error', () => {}).end(answer));
      server.listen(path.join(folder, 'api.sock'));
      t.after(() => server.close());
      await once(server, 'listening');
      await assert.rejects(request('api', { command: 'stop' }, { folder }), {
        code: 'ERR_GRAPPOLO_CONTROL_LOST',
        message,
      });
    });
  }

  it('says why an instance cannot be reached', async (t) => {
    const folder = makeFolder(t);
    symlinkSync('api.sock', path.join(folder, 'api.sock'));
    await assert.rejects(request('api', { command: 'stop' }, { folder }), {
      code: 'ERR_GRAPPOLO_CONTROL_LOST',
      message: /^Cannot reach the instance "api": connect ELOOP/,
    });
  });

  it('waits no longer than it is to', async (t) => {
    const { folder } = await openControl(t, { isServing: false });
    const signal = AbortSignal.timeout(50);
    await assert.rejects(request('api', { command: 'status' }, { folder, signal }), {
      code: 'ERR_GRAPPOLO_CONTROL_LOST',
      message: /it has not answered in time/,
    });
    await assert.rejects(request('api', { command: 'status' }, { folder, signal: AbortSignal.abort() }), {
      code: 'ERR_GRAPPOLO_CONTROL_LOST',
    });
  });

  it('fails with what its listener throws', async (t) => {
    const { supervisor, folder } = await openControl(t);
    await assert.rejects(request('api', { command: 'reload' }, { folder, onEvent: () => assert.fail() }), {
      code: 'ERR_ASSERTION',
    });
    assert.deepEqual(supervisor.calls, ['reload']);
  });
});
