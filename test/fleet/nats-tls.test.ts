import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';

import { ask, endOf, startCommand } from '../cli/command.ts';
import { until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { connect, refused, startServer } from './nats-hosts.ts';

/** By one authority whose key is kept nowhere, until 2120: `fleet-server` is for localhost and 127.0.0.1, `fleet-host` for whoever connects. */
const file = (name: string) => inRoot('test/fixtures/tls', `${name}.pem`);
const CA = file('fleet-ca-cert');
const HOST = { caFile: CA, certFile: file('fleet-host-cert'), keyFile: file('fleet-host-key') };
const FOREIGN = { caFile: CA, certFile: file('other-cert'), keyFile: file('other-key') };

const SERVER = `cert_file: "${file('fleet-server-cert')}", key_file: "${file('fleet-server-key')}"`;
const ONE_SIDE = `tls { ${SERVER} }`;
const BOTH_SIDES = `tls { ${SERVER}, ca_file: "${CA}", verify: true }`;

const UNREACHABLE = 'ERR_FLEET_ENGINE_UNREACHABLE';
const UNTRUSTED =
  /: unable to verify the first certificate.*\. Give the file with the certificates of those who may vouch for it$/;

describe('an engine on NATS with TLS', () => {
  it('is known by its authority, and by no other', async (t) => {
    const server = await startServer(t, { config: ONE_SIDE });
    const engine = await connect(t, server.url, { tls: { caFile: CA } });
    const revision = await engine.put('kept', 'k', 1);
    assert.deepEqual(await engine.get('kept', 'k'), { value: 1, revision });
    await refused(t, server.url, UNREACHABLE, UNTRUSTED, { tls: { caFile: file('other-cert') } });
    // What Node trusts does not have it either.
    await refused(t, server.url, UNREACHABLE, UNTRUSTED);
  });

  it('lets in who shows a certificate of its authority, and nobody else', async (t) => {
    const server = await startServer(t, { config: BOTH_SIDES });
    const engine = await connect(t, server.url, { tls: HOST });
    assert(await engine.put('kept', 'k', 1));
    for (const tls of [{ caFile: CA }, FOREIGN]) await refused(t, server.url, UNREACHABLE, /./, { tls });
    await until('the server to have said so', () => server.count('TLS handshake error') >= 2);
  });

  it('is asked for TLS by an address with tls://, and told no password without', async (t) => {
    const plain = await startServer(t);
    const address = plain.url.replace('nats://', 'tls://');
    await refused(
      t,
      address,
      UNREACHABLE,
      /^Cannot reach the engine at tls:.*: server does not support 'tls'/,
    );
    const server = await startServer(t, { config: ONE_SIDE });
    const engine = await connect(t, server.url.replace('nats://', 'tls://'), { tls: { caFile: CA } });
    assert(await engine.put('kept', 'k', 1));
    await refused(t, 'https://127.0.0.1:1', 'ERR_FLEET_INVALID_ARGUMENT', /^Cannot take the address https:/);
  });

  it('is found again after a restart, by the same files', async (t) => {
    const server = await startServer(t, { config: BOTH_SIDES });
    const engine = await connect(t, server.url, { tls: HOST });
    await server.kill();
    await until('it to be away', () => !engine.isUp);
    await server.run();
    await until('it to be back', () => engine.isUp, 30_000);
    assert(await engine.put('kept', 'k', 1));
  });

  it('is not asked where a file cannot be read', async (t) => {
    await refused(
      t,
      'nats://127.0.0.1:1',
      'ERR_FLEET_CREDENTIALS',
      /^Cannot take the certificate or key of \/none\.pem: ENOENT/,
      { tls: { ...HOST, caFile: '/none.pem' } },
    );
  });
});

describe('grappolo start --fleet with TLS', () => {
  const listens = 'require("node:http").createServer((_, r) => r.end("{}")).listen(0);';

  for (const [authority, ca] of [
    ['the right', CA],
    ['a wrong', file('other-cert')],
  ] as const) {
    const isRight = ca === CA;
    it(`and ${authority} authority ${isRight ? 'joins' : 'tells one error, tries again, and serves on'}`, async (t) => {
      const server = await startServer(t, { config: BOTH_SIDES });
      const folder = makeFolder(t, { 'server.cjs': listens });
      const fleet = [
        '--fleet',
        server.url,
        '--fleet-name',
        'shop',
        '--fleet-host',
        'web-1',
        '--fleet-ca',
        ca,
      ];
      const files = ['--fleet-cert', HOST.certFile, '--fleet-key', HOST.keyFile];
      const args = ['start', path.join(folder, 'server.cjs'), '--workers', '1', ...fleet, ...files];
      const program = startCommand(t, args, { cwd: folder });
      await program.waitFor(/ready, 1 worker\n/);
      if (isRight) await program.waitFor(/fleet: host 'web-1' is in the fleet 'shop'\n/);
      else await until('several tries', () => server.count('TLS handshake error') >= 3, 30_000);
      const [, place = ''] = /listening on (.*)\n/.exec(program.stdout) ?? [];
      await ask(place);
      program.child.kill('SIGTERM');
      const { code, stderr } = await endOf(program);
      assert.equal(code, 0);
      if (isRight) assert.equal(stderr, '');
      else
        assert.match(
          stderr,
          /^grappolo: fleet: Cannot reach the engine at .* \(ERR_FLEET_ENGINE_UNREACHABLE\)\n$/,
        );
    });
  }
});
