import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseOpsAddress } from '../../src/ops/address.ts';
import { isOwnHost, isOwnPage } from '../../src/ops/hosts.ts';
import type { Provenance } from '../../src/ops/hosts.ts';

const LOCAL = {
  address: parseOpsAddress('127.0.0.1:0'),
  localAddress: '127.0.0.1',
  localPort: 9464,
  allowHosts: [],
};
const ANY = { ...LOCAL, address: parseOpsAddress('[::]:9464'), localAddress: '::ffff:10.0.0.7' };
const UNIX = { address: parseOpsAddress('unix:/run/api.sock'), allowHosts: [] };

describe('isOwnHost()', () => {
  for (const host of ['127.0.0.1:9464', 'localhost:9464', 'LocalHost:9464', '[::1]:9464']) {
    it(`knows ${host}`, () => assert(isOwnHost(host, LOCAL)));
  }

  for (const host of [
    undefined,
    '',
    ':9464',
    'localhost',
    'localhost:9465',
    'localhost:09464x',
    'localhost.:9464',
    'localhost:9464:9464',
    'localhost.evil.example:9464',
    'evil.example:9464',
    '127.0.0.1.nip.io:9464',
    '127.0.0.2:9464',
    '::1:9464',
    'user@localhost:9464',
    'localhost:9464,evil.example',
  ]) {
    it(`does not know ${host}`, () => assert(!isOwnHost(host, LOCAL)));
  }

  it('knows the address that the connection came to', () => {
    assert(isOwnHost('10.0.0.7:9464', ANY));
    assert(!isOwnHost('10.0.0.8:9464', ANY));
    assert(isOwnHost('[fd00::7]:9464', { ...ANY, localAddress: 'fd00::7' }));
  });

  it('knows the port 80 by its absence', () => {
    assert(isOwnHost('localhost', { ...LOCAL, localPort: 80 }));
    assert(isOwnHost('localhost:80', { ...LOCAL, localPort: 80 }));
  });

  it('knows the names it was told, with their port or with any', () => {
    const arrival = { ...LOCAL, allowHosts: ['ops.example', 'other.example:8080'] };
    assert(isOwnHost('ops.example', arrival));
    assert(isOwnHost('OPS.example:1234', arrival));
    assert(isOwnHost('other.example:8080', arrival));
    assert(!isOwnHost('other.example:8081', arrival));
    assert(!isOwnHost('other.example', arrival));
    assert(!isOwnHost('', { ...LOCAL, allowHosts: [''] }));
  });

  it('wants no name, or localhost, on a UNIX socket', () => {
    for (const host of [undefined, '', 'localhost', 'localhost:80']) assert(isOwnHost(host, UNIX), host);
    for (const host of ['evil.example', '127.0.0.1', '?', 'a:b:c']) assert(!isOwnHost(host, UNIX), host);
    assert(isOwnHost('ops.example', { ...UNIX, allowHosts: ['ops.example'] }));
  });
});

describe('isOwnPage()', () => {
  const own = { host: 'localhost:9464', origin: 'http://localhost:9464', site: 'same-origin' };
  const told = (changes: Partial<Provenance>, allowHosts: string[] = []): boolean =>
    isOwnPage({ ...own, ...changes }, { allowHosts });

  it('knows its own, and what is no page', () => {
    assert(told({}));
    assert(told({ site: undefined }));
    assert(told({ site: 'none', origin: undefined }));
    assert(told({ site: undefined, origin: undefined }));
    assert(told({ host: 'LOCALHOST:9464' }));
  });

  for (const site of ['cross-site', 'same-site', '', 'Same-Origin, cross-site']) {
    it(`refuses the site ${JSON.stringify(site)}`, () => assert(!told({ site })));
  }

  for (const origin of [
    'null',
    '',
    'http://localhost:9465',
    'http://localhost',
    'https://localhost:9464',
    'http://127.0.0.1:9464',
    'http://evil.example',
    'http://localhost:9464.evil.example',
  ]) {
    it(`refuses the origin ${JSON.stringify(origin)}`, () => assert(!told({ origin, site: undefined })));
  }

  it('takes a proxy that speaks TLS for a host that it was told', () => {
    const proxied = { host: 'ops.example', origin: 'https://ops.example' };
    assert(told(proxied, ['ops.example']));
    assert(!told({ ...proxied, origin: 'https://evil.example' }, ['ops.example']));
    assert(!told(proxied));
  });
});
