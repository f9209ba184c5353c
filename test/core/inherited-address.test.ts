import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { findInherited, inheritedText } from '../../src/core/inherited-address.ts';
import type { InheritedName, WantedAddress } from '../../src/core/inherited-address.ts';
import { passedDescriptors } from '../../src/core/listen-variables.ts';

const FOUR: InheritedName = { kind: 'tcp', address: '0.0.0.0', port: 8000 };
const SIX: InheritedName = { kind: 'tcp', address: '::', port: 8000 };
const LOCAL: InheritedName = { kind: 'tcp', address: '127.0.0.1', port: 8000 };
const LOCAL_SIX: InheritedName = { kind: 'tcp', address: '::1', port: 8000 };
const UDP: InheritedName = { kind: 'udp4', address: '0.0.0.0', port: 8000 };
const FILE: InheritedName = { kind: 'unix', path: '/run/app.sock' };
const ABSTRACT: InheritedName = { kind: 'unix', path: '\0app' };
const ALL = [FOUR, SIX, LOCAL, LOCAL_SIX, UDP, FILE, ABSTRACT];

function wanted(
  address: string | null,
  port: number | null = 8000,
  addressType: WantedAddress['addressType'] = 4,
): WantedAddress {
  return { address, port, addressType };
}

function found(want: WantedAddress, names: readonly InheritedName[] = ALL): InheritedName | undefined {
  return names[findInherited(want, names)];
}

describe('findInherited', () => {
  it('takes the socket of IPv6 where no host is wanted, or else that of IPv4', () => {
    assert.equal(found(wanted(null)), SIX);
    assert.equal(found(wanted(null), [LOCAL, FOUR, UDP]), FOUR);
    assert.equal(found(wanted(null), [LOCAL, LOCAL_SIX, UDP, FILE]), undefined);
  });

  it('takes the very host that is wanted, however it is written', () => {
    assert.equal(found(wanted('127.0.0.1')), LOCAL);
    assert.equal(found(wanted('0.0.0.0')), FOUR);
    assert.equal(found(wanted('0:0:0:0:0:0:0:1', 8000, 6)), LOCAL_SIX);
    assert.equal(found(wanted('0.0.0.0'), [LOCAL, SIX]), SIX);
    assert.equal(found(wanted('::', 8000, 6), [FOUR]), undefined);
    assert.equal(found(wanted('::', 8000, 6)), SIX);
    assert.equal(found(wanted('127.0.0.2')), undefined);
    assert.equal(found(wanted('fe80::1%eth0', 8000, 6)), undefined);
  });

  it('takes no other port, and none for any port', () => {
    assert.equal(found(wanted(null, 8001)), undefined);
    assert.equal(found(wanted(null, 0)), undefined);
    assert.equal(found(wanted(null, null)), undefined);
  });

  it('tells UDP from TCP, and its families from each other', () => {
    assert.equal(found(wanted('0.0.0.0', 8000, 'udp4')), UDP);
    assert.equal(found(wanted(null, 8000, 'udp4')), UDP);
    assert.equal(found(wanted('::', 8000, 'udp6')), undefined);
    assert.equal(found(wanted('0.0.0.0'), [UDP]), undefined);
  });

  it('takes a UNIX socket by its whole name', () => {
    assert.equal(found(wanted('/run/app.sock', null, -1)), FILE);
    assert.equal(found(wanted('\0app', null, -1)), ABSTRACT);
    assert.equal(found(wanted('/run/app', null, -1)), undefined);
    assert.equal(found(wanted(null, null, -1)), undefined);
  });
});

describe('inheritedText', () => {
  it('names an address as people write it', () => {
    assert.equal(inheritedText(SIX, 'web'), '[::]:8000 (web)');
    assert.equal(inheritedText(LOCAL, undefined), '127.0.0.1:8000');
    assert.equal(inheritedText(ABSTRACT, undefined), '@app');
  });
});

describe('passedDescriptors', () => {
  it('reads how many there are, and their names', () => {
    const env = { LISTEN_PID: '7', LISTEN_FDS: '3', LISTEN_FDNAMES: 'web:unknown' };
    assert.deepEqual(passedDescriptors(env, 7), [
      { fd: 3, label: 'web' },
      { fd: 4, label: undefined },
      { fd: 5, label: undefined },
    ]);
  });

  it('takes none that are meant for another process', () => {
    assert.equal(passedDescriptors({ LISTEN_PID: '7', LISTEN_FDS: '1' }, 8), undefined);
    assert.equal(passedDescriptors({ LISTEN_FDS: '1' }, 8), undefined);
  });

  it('takes none where their number is none', () => {
    for (const count of ['-1', 'x', '', '1e3', '99999']) {
      assert.deepEqual(passedDescriptors({ LISTEN_PID: '7', LISTEN_FDS: count }, 7), []);
    }
  });
});
