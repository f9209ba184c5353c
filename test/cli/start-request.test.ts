import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';

import { missingPartner, startRequest, superviseOptions } from '../../src/cli/start-request.ts';
import type { StartArguments } from '../../src/cli/start-request.ts';

const BARE: StartArguments = {
  file: undefined,
  config: undefined,
  options: {},
  nodeArgs: [],
  args: undefined,
};
const LOADED = {
  file: '/etc/app/grappolo.config.json',
  config: { file: '../server.js', cwd: 'data', workers: 2, soak: 5, args: ['a'] },
} as const;
/** All that name a file. */
const PATHS = ['opsTokenFile', 'fleetCredentials', 'fleetCa', 'fleetCert', 'fleetKey'] as const;

describe('startRequest', () => {
  it('takes the defaults for what nobody has said', () => {
    assert.deepEqual(startRequest({ ...BARE, file: 'x/my server.js' }, undefined, []), {
      file: 'x/my server.js',
      name: 'my-server',
      workers: 'max',
      args: [],
      log: 'auto',
    });
  });

  it('takes what the config file says, with paths relative to it', () => {
    assert.deepEqual(startRequest(BARE, LOADED, []), {
      file: '/etc/server.js',
      cwd: '/etc/app/data',
      name: 'server',
      workers: 2,
      soak: 5,
      args: ['a'],
      log: 'auto',
    });
  });

  it('takes every path of the config file as relative to it', () => {
    const config = { file: 'a.js', ...Object.fromEntries(PATHS.map((key) => [key, key])) };
    const request = startRequest(BARE, { ...LOADED, config }, []);
    for (const key of PATHS) assert.equal(request?.[key], `/etc/app/${key}`);
  });

  it('prefers what the command line says', () => {
    const command = {
      ...BARE,
      file: 'b.js',
      args: [],
      options: { workers: 'max', cwd: 'x', name: 'n' },
    } as const;
    assert.deepEqual(startRequest(command, LOADED, []), {
      file: 'b.js',
      cwd: 'x',
      name: 'n',
      workers: 'max',
      soak: 5,
      args: [],
      log: 'auto',
    });
  });

  it("puts options for node behind the config file's, else behind the command's own", () => {
    const command = { ...BARE, file: 'b.js', nodeArgs: ['--x'] };
    assert.deepEqual(startRequest(command, undefined, ['--own'])?.execArgv, ['--own', '--x']);
    const loaded = { file: '/c.json', config: { execArgv: ['--y'] } };
    assert.deepEqual(startRequest(command, loaded, ['--own'])?.execArgv, ['--y', '--x']);
    assert.equal(startRequest({ ...command, nodeArgs: [] }, undefined, ['--own'])?.execArgv, undefined);
  });

  it('gives nothing where there is no file to start', () => {
    assert.equal(startRequest(BARE, undefined, []), undefined);
    assert.equal(startRequest(BARE, { file: '/x/grappolo.config.json', config: {} }, []), undefined);
  });
});

describe('missingPartner', () => {
  for (const [given, message] of [
    [{ fleetName: 'shop' }, '--fleet-name needs --fleet.'],
    [{ fleetHost: 'a' }, '--fleet-host needs --fleet.'],
    [{ fleetCredentials: 'a' }, '--fleet-credentials needs --fleet.'],
    [{ fleetInKubernetes: true }, '--fleet-in-kubernetes needs --fleet.'],
    [{ opsTokenFile: 'a' }, '--ops-token-file needs --ops.'],
    [{ opsAllowRemote: true }, '--ops-allow-remote needs --ops.'],
    [{ opsAllowHosts: ['a'] }, '--ops-allow-hosts needs --ops.'],
    [{ opsMinReady: 0 }, '--ops-min-ready needs --ops.'],
  ] as const) {
    it(`says that ${message}`, () => {
      assert.equal(missingPartner(given, {}), message);
      assert.equal(missingPartner(given, { ops: 'a', fleet: ['b'], fleetName: 'shop' }), undefined);
    });
  }

  it('wants a name for a fleet, and no partner for what the config file alone says', () => {
    assert.match(missingPartner({ fleet: ['a'] }, { fleet: ['a'] }) ?? '', /^--fleet needs --fleet-name/);
    assert.equal(missingPartner({}, {}), undefined);
  });
});

describe('superviseOptions', () => {
  it('leaves to the supervisor what nobody has said', () => {
    const request = startRequest({ ...BARE, file: 'app.js' }, undefined, []);
    assert(request);
    assert.deepEqual(JSON.parse(JSON.stringify(superviseOptions(request))), {
      name: 'app',
      exec: path.resolve('app.js'),
      args: [],
      workers: 'auto',
      ready: {},
      reload: {},
      drain: {},
      health: {},
    });
  });

  it('hands on all that was said', () => {
    const options = {
      workers: 3,
      policy: 'sticky',
      ready: 'online',
      readyTimeout: 1,
      hangTimeout: 2,
      maxMemory: 3,
      drainTimeout: 4,
      idleGrace: 5,
      maxSurge: '6%',
      soak: 7,
      cwd: '/',
      ops: '127.0.0.1:8',
      opsTokenFile: '/t',
      opsAllowRemote: true,
      opsAllowHosts: ['h'],
      opsMinReady: 9,
    } as const;
    const config = { env: { A: 'a', B: null }, execArgv: ['--x'], restart: { jitter: 1 } };
    const request = startRequest(
      { ...BARE, file: '/a.js', options, args: ['z'] },
      { file: '/c.json', config },
      [],
    );
    assert(request);
    assert.deepEqual(superviseOptions(request), {
      name: 'a',
      exec: '/a.js',
      args: ['z'],
      execArgv: ['--x'],
      env: { A: 'a', B: undefined },
      cwd: '/',
      workers: 3,
      schedulingPolicy: 'sticky',
      ready: { on: 'online', timeoutMs: 1 },
      restart: { jitter: 1 },
      reload: { maxSurge: '6%', soakMs: 7 },
      drain: { timeoutMs: 4, idleGraceMs: 5 },
      health: { hangMs: 2, maxMemoryMb: 3 },
      ops: {
        address: '127.0.0.1:8',
        tokenFile: '/t',
        allowRemote: true,
        allowHosts: ['h'],
        minReady: 9,
      },
    });
  });
});
