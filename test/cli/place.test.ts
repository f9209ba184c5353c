import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { placeOf, systemErrorText } from '../../src/cli/place.ts';
import type { Address } from '../../src/index.ts';

const PLACES: readonly (readonly [Address, string])[] = [
  [{ address: null, port: 3000, addressType: 4 }, 'http://localhost:3000'],
  [{ address: '::', port: 3000, addressType: 6 }, 'http://localhost:3000'],
  [{ address: '0.0.0.0', port: 80, addressType: 4 }, 'http://localhost:80'],
  [{ address: '127.0.0.2', port: 8080, addressType: 4 }, 'http://127.0.0.2:8080'],
  [{ address: '::1', port: 8080, addressType: 6 }, 'http://[::1]:8080'],
  [{ address: null, port: 443, addressType: 6 }, 'https://localhost:443'],
  [{ address: '/run/web.sock', port: -1, addressType: -1 }, 'UNIX socket /run/web.sock'],
  [{ address: '0.0.0.0', port: 53, addressType: 'udp4' }, 'UDP localhost:53'],
  [{ address: '::1', port: 53, addressType: 'udp6' }, 'UDP [::1]:53'],
  [{ address: null, port: -1, addressType: 4, fd: 3 }, 'file descriptor 3'],
  [{ address: null, port: 53, addressType: 'udp4', fd: -1 }, 'UDP localhost:53'],
];

describe('placeOf', () => {
  for (const [address, place] of PLACES) {
    it(`calls ${JSON.stringify(address)} ${place}`, () => assert.equal(placeOf(address), place));
  }
});

describe('systemErrorText', () => {
  it('says in words what is wrong, and gives an unknown code as it is', () => {
    assert.equal(systemErrorText('EADDRINUSE'), 'address already in use (EADDRINUSE)');
    assert.equal(systemErrorText('ESTRANGE'), 'ESTRANGE');
  });
});
