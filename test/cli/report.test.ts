import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { endedLine, listenErrorLine, placeOf } from '../../src/cli/report.ts';
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

describe('listenErrorLine', () => {
  it('says in words what is wrong', () => {
    const error = { code: 'EADDRINUSE', address: null, port: 3000, addressType: 4 } as const;
    assert.equal(
      listenErrorLine(error),
      'cannot listen on http://localhost:3000: address already in use (EADDRINUSE)',
    );
  });

  it('gives an unknown code as it is', () => {
    const error = { code: 'ESTRANGE', address: '/x', port: null, addressType: -1 } as const;
    assert.equal(listenErrorLine(error), 'cannot listen on UNIX socket /x: ESTRANGE');
  });
});

describe('endedLine', () => {
  const worker = { id: 2, pid: 77 };

  it('tells exit codes, signals and failed starts apart', () => {
    const next = { delayMs: 0 };
    assert.equal(endedLine(worker, { kind: 'exit', code: 3 }, next), 'worker 2 (pid 77) exited with code 3');
    assert.equal(
      endedLine(worker, { kind: 'signal', signal: 'SIGSEGV' }, next),
      'worker 2 (pid 77) was ended by SIGSEGV',
    );
    assert.equal(
      endedLine({ id: 3, pid: undefined }, { kind: 'spawn', error: new Error('spawn EAGAIN') }, next),
      'worker 3 could not be started: spawn EAGAIN',
    );
  });

  it('says what follows', () => {
    const reason = { kind: 'exit', code: 0 } as const;
    assert.equal(
      endedLine(worker, reason, { delayMs: 400 }),
      'worker 2 (pid 77) exited with code 0; the next starts in 400 ms',
    );
    assert.equal(endedLine(worker, reason, 'done'), 'worker 2 (pid 77) exited with code 0: it is done');
    assert.equal(
      endedLine(worker, { kind: 'signal', signal: 'SIGTERM' }, 'stopping'),
      'worker 2 (pid 77) stopped',
    );
  });
});
