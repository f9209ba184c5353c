import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { listenerName } from '../../src/core/listener-name.ts';
import type { NamedAddress } from '../../src/core/listener-name.ts';

const NAMES: Readonly<Record<string, NamedAddress>> = {
  'tcp://0.0.0.0:8000': {
    query: { address: '0.0.0.0', port: 8000, addressType: 4 },
    name: { address: '0.0.0.0', port: 8000 },
  },
  'tcp://[::]:8123': {
    query: { address: null, port: 0, addressType: 6 },
    name: { address: '::', port: 8123 },
  },
  'tcp://[fe80::1%eth0]:1': {
    query: { address: 'fe80::1%eth0', port: 1, addressType: 6 },
    name: { address: 'fe80::1%eth0', port: 1 },
  },
  'udp://127.0.0.1:53': {
    query: { address: 'localhost', port: 53, addressType: 'udp4' },
    name: { address: '127.0.0.1', port: 53 },
  },
  'udp://[::1]:53': { query: { address: '::1', port: 53, addressType: 'udp6' }, name: null },
  'unix:/run/api.sock': { query: { address: '/run/api.sock', port: null, addressType: -1 }, name: null },
  'unix:@abstract': { query: { address: '\0abstract', port: null, addressType: -1 }, name: null },
};

describe('listenerName()', () => {
  for (const [name, address] of Object.entries(NAMES))
    it(`writes ${name}`, () => assert.equal(listenerName(address), name));
});
