import assert from 'node:assert/strict';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import type { Json } from '../../packages/fleet/src/engine/engine.ts';
import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { engineContract, untilListening, watched } from './engine-contract.ts';
import { BRIEF, connect, refused, startServer, writePrivate } from './nats-hosts.ts';
import { NatsServer } from './nats-server.ts';

const LOST = { name: 'FleetError', code: 'ERR_FLEET_ENGINE_LOST' };

describe('an engine on NATS', () => {
  let shared: NatsServer;
  before(async () => void (shared = await NatsServer.start()));
  after(() => shared.remove());

  engineContract('NATS', (t, buckets) => ({ connect: () => connect(t, shared.url, { buckets }) }));

  it('refuses a bucket that other hosts use with another TTL', async (t) => {
    const name = 'differs';
    const one = await connect(t, shared.url, { buckets: [{ name, ttlMs: 5000 }] });
    const other = await connect(t, shared.url, { buckets: [{ name, ttlMs: 10_000 }] });
    await one.put(name, 'k', 1);
    await assert.rejects(other.put(name, 'k', 1), {
      code: 'ERR_FLEET_BUCKET_DIFFERS',
      message: /TTL of 5000 ms, and this one wants 10000 ms/,
    });
  });

  it('says what the server refuses', async (t) => {
    const engine = await connect(t, shared.url, { buckets: [{ name: 'many', ttlMs: 5000 }], replicas: 3 });
    await assert.rejects(engine.put('many', 'k', 1), {
      code: 'ERR_FLEET_ENGINE_REFUSED',
      message: /replicas/,
    });
  });

  it('has several hosts make one bucket at once', async (t) => {
    const buckets = [{ name: 'made', ttlMs: 5000 }];
    const hosts = await Promise.all(Array.from({ length: 5 }, () => connect(t, shared.url, { buckets })));
    const won = await Promise.all(hosts.map((host, i) => host.put('made', 'k', i, 0)));
    assert.equal(won.filter((each) => each !== undefined).length, 1);
  });
});

describe('an engine on NATS that is lost', () => {
  it('is found again where it was killed and started empty; no revision comes twice, and watchers are told all', async (t) => {
    const server = await startServer(t);
    const [one, other] = [await connect(t, server.url), await connect(t, server.url)];
    const changes: boolean[] = [];
    one.onChange = (isUp) => void changes.push(isUp);
    const seen = watched(one, 'kept');
    const heard: Json[] = [];
    one.listen('s', (message) => heard.push(message));
    const first = await one.put('kept', 'k', 'of the first life', 0);
    assert(first !== undefined);
    await until('the first', () => seen.length === 1);
    await server.kill();
    await until('both to notice', () => !one.isUp && !other.isUp);
    await assert.rejects(one.put('kept', 'k', 1), LOST);
    await assert.rejects(one.get('kept', 'k'), LOST);
    await assert.rejects(one.requestMany('s', 1, { timeoutMs: 10 }), LOST);
    one.publish('s', 'nobody hears it');
    await server.run();
    await until('both to be back', () => one.isUp && other.isUp);
    assert.deepEqual(changes, [false, true]);
    assert.equal(await other.get('kept', 'k'), undefined);
    // As many writes as there were: the engine itself counts from 1 again.
    const second = await other.put('kept', 'k', 'of the second life', 0);
    assert(second !== undefined && second > first, `${first}, ${second}`);
    assert.equal(await one.put('kept', 'k', 'renewed', first), undefined);
    assert.deepEqual((await one.get('kept', 'k'))?.value, 'of the second life');
    await until('the second', () => seen.length > 1);
    assert.deepEqual(seen.at(-1), ['k', { value: 'of the second life', revision: second }]);
    await untilListening(other, 's', 1);
    assert(!heard.includes('nobody hears it'));
  });

  it('is down while it is paused, where each request ends, and has forgotten what is too old afterwards', async (t) => {
    const server = await startServer(t);
    const [engine, idle] = [await connect(t, server.url), await connect(t, server.url)];
    const changes: boolean[] = [];
    engine.onChange = (isUp) => void changes.push(isUp);
    const seen = watched(engine, 'brief');
    const revision = await engine.put('brief', 'k', 1, 0);
    await until('the write', () => seen.length === 1);
    const heard: Json[] = [];
    engine.listen('s', (message) => heard.push(message));
    await untilListening(engine, 's', 1);
    t.after(() => server.resume());
    await server.pause();
    const pausedMs = performance.now();
    await Promise.all([
      assert.rejects(engine.put('kept', 'k', 1), LOST),
      assert.rejects(engine.get('brief', 'k'), LOST),
      assert.rejects(engine.requestMany('s', 1, { timeoutMs: 100 }), LOST),
    ]);
    assert(performance.now() - pausedMs < limitMs(8000));
    assert.equal(engine.isUp, false);
    const askedMs = performance.now();
    await assert.rejects(engine.get('brief', 'k'), LOST);
    assert(performance.now() - askedMs < limitMs(500));
    // The client's own pings take 9 s to notice.
    await until('who asks nothing to notice as well', () => !idle.isUp, 3000);
    idle.publish('s', 'too late');
    await until('the TTL', () => performance.now() - pausedMs > (BRIEF.ttlMs ?? 0) * 1.5);
    server.resume();
    await until('both to be back', () => engine.isUp && idle.isUp);
    await until('the end of what was', async () => (await engine.get('brief', 'k')) === undefined);
    assert.equal(await engine.put('brief', 'k', 2, revision), undefined);
    const again = await engine.put('brief', 'k', 2, 0);
    await until('the new one', () => seen.at(-1)?.[1].revision === again);
    assert.deepEqual(changes, [false, true]);
    await untilListening(idle, 's', 1);
    assert(!heard.includes('too late'));
  });

  it('is sent no more than it takes while it is paused, and all that comes later', async (t) => {
    const server = await startServer(t);
    const [engine, other] = [await connect(t, server.url), await connect(t, server.url)];
    const heard: Json[] = [];
    other.listen('s', (message) =>
      heard.push(message === 'later' ? message : JSON.stringify(message).length),
    );
    await untilListening(engine, 's', 1);
    heard.splice(0);
    t.after(() => server.resume());
    await server.pause();
    const message = 'x'.repeat(200_000);
    const publish = () => {
      engine.publish('s', message);
      return true;
    };
    let count = 0;
    assert.throws(
      () => {
        while (count < 200 && publish()) count += 1;
      },
      { code: 'ERR_FLEET_ENGINE_SLOW', message: /^Cannot publish to 's': 16\d{6} bytes / },
    );
    assert.equal(count, Math.floor((16 * 1024 * 1024) / 200_003));
    server.resume();
    await until('the rest to go out', () => {
      try {
        engine.publish('s', 'later');
        return heard.includes('later');
      } catch {
        return false;
      }
    });
    assert.deepEqual(heard.slice(0, count + 1), [...Array.from({ length: count }, () => 200_002), 'later']);
  });

  it('forgets what was on its way when it is killed', async (t) => {
    const server = await startServer(t);
    const engine = await connect(t, server.url);
    const message = 'x'.repeat(200_000);
    await server.pause();
    for (let i = 0; i < 80; i += 1) engine.publish('s', message);
    await server.kill();
    await until('it to be lost', () => !engine.isUp);
    await server.run();
    await until('it to be back', () => engine.isUp);
    for (let i = 0; i < 80; i += 1) engine.publish('s', message);
  });

  it('closes at once while it is paused, and what is under way ends', async (t) => {
    const server = await startServer(t);
    const engine = await connect(t, server.url);
    await engine.put('kept', 'k', 1);
    t.after(() => server.resume());
    await server.pause();
    const underway = engine.put('kept', 'k', 2);
    const rejected = assert.rejects(underway, { code: 'ERR_FLEET_ENGINE_CLOSED' });
    const startedMs = performance.now();
    await engine.close();
    await rejected;
    assert(performance.now() - startedMs < limitMs(2000));
  });

  it('makes a bucket again that somebody has deleted', async (t) => {
    const server = await startServer(t);
    const [one, other] = [await connect(t, server.url), await connect(t, server.url)];
    const seen = watched(one, 'kept');
    const first = await one.put('kept', 'k', 'of the first life', 0);
    await other.get('kept', 'k');
    await deleteStream(server, 'grappolo-kept');
    assert.equal(await other.get('kept', 'k'), undefined);
    const fresh = await connect(t, server.url);
    const second = await fresh.put('kept', 'k', 'of the second life', 0);
    // By the count of the stream this is the same one, and neither of these hosts has lost the engine.
    assert.equal(await other.put('kept', 'k', 'renewed', first), undefined);
    assert.equal(await one.put('kept', 'k', 'renewed', first), undefined);
    for (const host of [one, other, fresh]) {
      assert.deepEqual(await host.get('kept', 'k'), { value: 'of the second life', revision: second });
    }
    await until('the watcher to be told', () => seen.at(-1)?.[1].revision === second);
  });
});

describe('an engine on NATS that cannot be used', () => {
  it('is unreachable', async (t) => {
    const server = await startServer(t);
    await server.kill();
    await refused(
      t,
      server.url,
      'ERR_FLEET_ENGINE_UNREACHABLE',
      /^Cannot reach the engine at nats:\/\/127\.0\.0\.1:\d+: .*Start nats-server -js there/,
    );
  });

  it('is something else', async (t) => {
    const url = await play(t, 'HTTP/1.1 400 Bad Request\r\n\r\n');
    await refused(t, url, 'ERR_FLEET_ENGINE_UNREACHABLE', /^Cannot reach the engine/);
  });

  it('says nothing', async (t) => {
    const url = await play(t, '');
    const startedMs = performance.now();
    await refused(t, url, 'ERR_FLEET_ENGINE_UNREACHABLE', /timeout/);
    assert(performance.now() - startedMs < limitMs(8000));
  });

  it('is too old', async (t) => {
    const info = {
      server_id: 'x',
      version: '2.8.4',
      proto: 1,
      headers: true,
      max_payload: 1_048_576,
      jetstream: true,
    };
    const url = await play(t, `INFO ${JSON.stringify(info)}\r\n`);
    await refused(t, url, 'ERR_FLEET_ENGINE_TOO_OLD', /is NATS 2\.8\.4, and must be 2\.9 or newer\. Update/);
  });

  it('has no JetStream', async (t) => {
    const server = await startServer(t, { hasJetStream: false });
    await refused(
      t,
      server.url,
      'ERR_FLEET_NO_JETSTREAM',
      /JetStream is not enabled there\. Start nats-server with -js/,
    );
  });

  it('does not know this host', async (t) => {
    const server = await startServer(t, { config: 'authorization { user: fleet, password: secret }' });
    const folder = makeFolder(t);
    const wrong = writePrivate(folder, 'wrong', 'user: fleet\npassword: guessed\n');
    await refused(t, server.url, 'ERR_FLEET_ENGINE_REFUSED', /Give the file with the credentials/);
    await refused(t, server.url, 'ERR_FLEET_ENGINE_REFUSED', /^Cannot log in/, { credentialsFile: wrong });
    const right = writePrivate(folder, 'right', '# of this host\nuser: fleet\npassword: secret\n');
    const engine = await connect(t, server.url, { credentialsFile: right });
    assert(await engine.put('kept', 'k', 1));
  });

  it('does not let this host do it', async (t) => {
    const user = 'user: a, password: b, permissions: { publish: { deny: "grappolo.>" } }';
    const config = `authorization { users: [{ ${user} }] }`;
    const server = await startServer(t, { config });
    const credentialsFile = writePrivate(makeFolder(t), 'user', 'user: a\npassword: b\n');
    const engine = await connect(t, server.url, { credentialsFile });
    await assert.rejects(engine.put('kept', 'k', 1), {
      code: 'ERR_FLEET_ENGINE_REFUSED',
      message: /permissions/i,
    });
  });

  it('tells what it does not let this host listen to or publish, and lets it do the rest', async (t) => {
    const denied = 'publish: { deny: "secret.>" }, subscribe: { deny: "secret.>" }';
    const config = `authorization { users: [{ user: a, password: b, permissions: { ${denied} } }] }`;
    const server = await startServer(t, { config });
    const credentialsFile = writePrivate(makeFolder(t), 'user', 'user: a\npassword: b\n');
    const engine = await connect(t, server.url, { credentialsFile });
    const refusals: (Error & { code?: string })[] = [];
    engine.onRefused = (error) => {
      refusals.push(error);
      throw new Error('mine');
    };
    engine.listen('secret.s', () => undefined);
    await until('the first refusal', () => refusals.length === 1);
    engine.publish('secret.s', 1);
    await until('the second refusal', () => refusals.length === 2);
    assert.deepEqual(
      refusals.map(({ code, message }) => [code, message.split(':')[0]]),
      [
        ['ERR_FLEET_ENGINE_REFUSED', "Cannot listen on 'secret.s'"],
        ['ERR_FLEET_ENGINE_REFUSED', "Cannot publish to 'secret.s'"],
      ],
    );
    engine.listen('s', () => 'well');
    await untilListening(engine, 's', 1);
  });

  it('is given with a password in its address', async (t) => {
    await refused(
      t,
      'nats://user:secret@127.0.0.1:4222',
      'ERR_FLEET_INVALID_ARGUMENT',
      /use a file of credentials$/,
    );
  });
});

/** A server that greets who comes with this, and answers each line that asks for it with a pong. */
async function play(t: TestContext, greeting: string): Promise<string> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write(greeting);
    socket.on('data', (data) => void (data.includes('PING') && socket.write('PONG\r\n')));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** By the protocol itself, as an operator would by a command. */
async function deleteStream({ port }: NatsServer, stream: string): Promise<void> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(
    `CONNECT {"verbose":false}\r\nSUB answers 1\r\nPUB $JS.API.STREAM.DELETE.${stream} answers 0\r\n\r\n`,
  );
  let text = '';
  for await (const data of socket) {
    text += String(data);
    if (text.includes('"success":true')) break;
  }
}
