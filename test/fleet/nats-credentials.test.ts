import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, it } from 'node:test';

import { until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { untilListening, watched } from './engine-contract.ts';
import { connect, refused, startServer, writePrivate } from './nats-hosts.ts';

interface KeyPair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
  sign(data: Uint8Array): Uint8Array;
}

const { nkeys } = createRequire(inRoot('packages/fleet/package.json'))('@nats-io/transport-node') as {
  readonly nkeys: Readonly<Record<'createOperator' | 'createAccount' | 'createUser', () => KeyPair>>;
};

const BAD = 'ERR_FLEET_CREDENTIALS';
const ENDLESS = { subs: -1, data: -1, payload: -1 };

describe('who a host is to NATS', () => {
  it('is said by a token', async (t) => {
    const server = await startServer(t, { config: 'authorization { token: "a secret: of some length" }' });
    const credentialsFile = writePrivate(makeFolder(t), 'token', 'token: a secret: of some length\n');
    const engine = await connect(t, server.url, { credentialsFile });
    assert(await engine.put('kept', 'k', 1));
  });

  it('is said by a .creds file', async (t) => {
    const { config, creds } = accounts();
    const server = await startServer(t, { config });
    const folder = makeFolder(t);
    const engine = await connect(t, server.url, { credentialsFile: writePrivate(folder, 'a.creds', creds) });
    assert(await engine.put('kept', 'k', 1));
    const foreign = writePrivate(folder, 'b.creds', accounts().creds);
    await refused(t, server.url, 'ERR_FLEET_ENGINE_REFUSED', /^Cannot log in/, { credentialsFile: foreign });
    const cut = writePrivate(folder, 'c.creds', creds.slice(0, creds.indexOf('------END USER') - 9));
    await refused(t, server.url, BAD, /damaged/, { credentialsFile: cut });
  });

  it('needs no more rights than the documentation says', async (t) => {
    const shown = /needs (`.+`)\.$/m.exec(
      readFileSync(inRoot('docs/errors/ERR_FLEET_ENGINE_REFUSED.md'), 'utf8'),
    );
    const rights = JSON.stringify([...String(shown?.[1]).matchAll(/`(.+?)`/g)].map(([, right]) => right));
    const user = `user: a, password: b, permissions: { publish: { allow: ${rights} }, subscribe: { allow: ${rights} } }`;
    const server = await startServer(t, { config: `authorization { users: [{ ${user} }] }` });
    const credentialsFile = writePrivate(makeFolder(t), 'user', 'user: a\npassword: b\n');
    const engine = await connect(t, server.url, { credentialsFile });
    const seen = watched(engine, 'kept');
    const revision = await engine.put('kept', 'k', 1);
    assert.deepEqual(await engine.get('kept', 'k'), { value: 1, revision });
    await until('the watcher to be told', () => seen.length === 1);
    engine.listen('grappolo.s', () => 'yes');
    await untilListening(engine, 'grappolo.s', 1);
  });

  it('is read anew when it connects again, also after it was refused', async (t) => {
    const server = await startServer(t, { config: 'authorization { token: first }' });
    const credentialsFile = writePrivate(makeFolder(t), 'token', 'token: first\n');
    const engine = await connect(t, server.url, { credentialsFile });
    await server.kill();
    await server.run('authorization { token: second }');
    await until('it to be refused', () => server.count('authentication error') >= 3, 30_000);
    assert.equal(engine.isUp, false);
    writePrivate(path.dirname(credentialsFile), 'token', 'token: second\n');
    await until('it to be back', () => engine.isUp, 30_000);
    assert(await engine.put('kept', 'k', 1));
  });

  it('is refused from a file that others can read, that is missing, or that says something else', async (t) => {
    const folder = makeFolder(t, { open: 'token: x\n' });
    const open = path.join(folder, 'open');
    chmodSync(open, 0o644);
    const url = 'nats://127.0.0.1:1';
    await refused(t, url, BAD, /open: it is open to others: its mode is 0644/, { credentialsFile: open });
    await refused(t, url, BAD, /ENOENT/, { credentialsFile: path.join(folder, 'none') });
    await refused(t, url, BAD, /no regular file/, { credentialsFile: folder });
    for (const text of ['', 'x', 'user: a\n', 'token: a\nuser: b\n', 'user: a\nuser: b\n', 'password: b\n']) {
      const credentialsFile = writePrivate(folder, 'other', text);
      await refused(t, url, BAD, /it must be a \.creds file, a line "token/, { credentialsFile });
    }
    writeFileSync(open, 'x'.repeat(70_000), { mode: 0o600 });
    chmodSync(open, 0o600);
    await refused(t, url, BAD, /more than 65536 bytes/, { credentialsFile: open });
  });
});

/** An operator with an account and a user, as `nsc` makes them: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/jwt */
function accounts(): { readonly config: string; readonly creds: string } {
  const operator = nkeys.createOperator();
  const [system, account] = [nkeys.createAccount(), nkeys.createAccount()];
  const user = nkeys.createUser();
  const limits = { ...ENDLESS, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const stores = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const preload = [
    `${system.getPublicKey()}: ${jwt(operator, system, { type: 'account', limits })}`,
    `${account.getPublicKey()}: ${jwt(operator, account, { type: 'account', limits: { ...limits, ...stores } })}`,
  ];
  const config = [
    `operator: ${jwt(operator, operator, { type: 'operator' })}`,
    `system_account: ${system.getPublicKey()}`,
    'resolver: MEMORY',
    `resolver_preload: { ${preload.join(', ')} }`,
  ].join('\n');
  const parts = [
    ['NATS USER JWT', jwt(account, user, { type: 'user', ...ENDLESS })],
    ['USER NKEY SEED', new TextDecoder().decode(user.getSeed())],
  ];
  const creds = parts
    .map(([name, text]) => `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n\n`)
    .join('');
  return { config, creds };
}

function jwt(issuer: KeyPair, subject: KeyPair, nats: object): string {
  const claims = {
    jti: 'x',
    iat: 1_700_000_000,
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    nats: { version: 2, ...nats },
  };
  const text = [{ typ: 'JWT', alg: 'ed25519-nkey' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString('base64url')}`;
}
