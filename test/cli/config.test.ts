import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { checkConfig } from '../../src/cli/config.ts';

const FULL = {
  file: 'server.js',
  workers: 4,
  name: 'api',
  policy: 'sticky',
  ready: 'message',
  readyTimeout: 5000,
  hangTimeout: 0,
  maxMemory: 512,
  drainTimeout: 0,
  idleGrace: 10,
  maxSurge: '50%',
  soak: 1,
  log: 'json',
  cwd: '..',
  fleet: ['nats://nats-1:4222', 'nats://nats-2:4222'],
  fleetName: 'shop',
  fleetHost: 'web-1',
  fleetCredentials: 'shop.creds',
  fleetCa: 'ca.pem',
  fleetCert: 'cert.pem',
  fleetKey: 'key.pem',
  fleetInKubernetes: false,
  args: ['', 'a'],
  execArgv: ['--enable-source-maps'],
  env: { NODE_ENV: 'production', DEBUG: null, EMPTY: '' },
  restart: { minDelayMs: 1, maxDelayMs: 1, factor: 1, jitter: 0.5, windowMs: 1, maxFailedStarts: 1 },
};

const PROBLEMS: readonly (readonly [value: unknown, ...problems: string[]])[] = [
  [null, 'it must give an object, not null'],
  [[], 'it must give an object, not []'],
  ['x', 'it must give an object, not "x"'],
  [{ workers: 'many' }, 'workers must be a whole number from 1 or "max", not "many"'],
  [{ workers: '4' }, 'workers must be a whole number from 1 or "max", not "4"'],
  [{ workers: 0 }, 'workers must be a whole number from 1 or "max", not 0'],
  [{ workers: null }, 'workers must be a whole number from 1 or "max", not null'],
  [{ name: 'a b' }, 'name must be 1 to 64 letters (a to z), digits, ".", "_" and "-", not "a b"'],
  [
    { policy: 'best' },
    'policy must be "none", "kernel", "rr", "least-connections", "least-loaded", "sticky", not "best"',
  ],
  [{ soak: Infinity }, 'soak must be a whole number of milliseconds from 0 to 2147483647, not Infinity'],
  [
    { maxSurge: '0%' },
    'maxSurge must be a whole number from 1 or a percentage from "1%" to "100%", not "0%"',
  ],
  [{ file: '' }, 'file must be the program\'s file, not ""'],
  [{ cwd: 'a\0b' }, 'cwd must be a folder, not "a\\u0000b"'],
  [{ fleet: [] }, "fleet must be addresses of the fleet's engine, such as nats://nats-1:4222, not []"],
  [{ args: 'a b' }, 'args must be an array of strings, not "a b"'],
  [{ args: [1] }, 'args must be an array of strings, not [ 1 ]'],
  [{ env: [] }, 'env must be an object of strings, not []'],
  [{ env: { PORT: 3000 } }, 'env.PORT must be a string, or null to take it out, not 3000'],
  [{ env: { 'A=B': '' } }, 'env has no variable that can be named "A=B"'],
  [{ restart: 5 }, 'restart must be an object, not 5'],
  [{ restart: { jitter: 2 } }, 'restart.jitter must be a number from 0 to 1, not 2'],
  [{ restart: { factor: Number.NaN } }, 'restart.factor must be a number from 1, not NaN'],
  [{ restart: { minDelay: 2 } }, 'restart.minDelay is unknown; did you mean restart.minDelayMs?'],
  [
    { restart: { minDelayMs: 5, maxDelayMs: 4 } },
    'restart.maxDelayMs must be at least restart.minDelayMs, 5, not 4',
  ],
  [{ readyTimeOut: 1 }, 'readyTimeOut is unknown; did you mean readyTimeout?'],
  [{ 'ready-timeout': 1 }, 'ready-timeout is unknown; did you mean readyTimeout?'],
];

describe('checkConfig', () => {
  it('takes every key', () => {
    assert.deepEqual(checkConfig(FULL), { config: FULL, problems: [] });
  });

  it("takes addresses of a fleet's engine without an array", () => {
    assert.deepEqual(checkConfig({ fleet: 'nats://nats-1:4222' }).config.fleet, ['nats://nats-1:4222']);
    assert.deepEqual(checkConfig({ fleet: 'nats://a, nats://b' }).config.fleet, ['nats://a', 'nats://b']);
  });

  it('takes undefined for what is not given', () => {
    const given = { workers: undefined, env: { A: undefined }, restart: { jitter: undefined } };
    assert.deepEqual(checkConfig(given), { config: { env: {}, restart: {} }, problems: [] });
  });

  for (const [value, ...problems] of PROBLEMS) {
    it(`refuses ${JSON.stringify(value)}`, () => assert.deepEqual(checkConfig(value).problems, problems));
  }

  it('lists several problems, and what is allowed where nothing is near', () => {
    const { problems } = checkConfig({ toString: 1, workers: 0, env: { A: 1 } });
    assert.equal(problems.length, 3);
    assert.match(problems[0] ?? '', /^toString is unknown; it may be file, args, .*, env, restart$/);
    assert.match(problems[1] ?? '', /^workers must/);
    assert.match(problems[2] ?? '', /^env\.A must/);
  });

  it('keeps a variable whatever it is called', () => {
    const { config, problems } = checkConfig(JSON.parse('{"env":{"__proto__":"x"}}'));
    assert.deepEqual(problems, []);
    assert.deepEqual(Object.entries(config.env ?? {}), [['__proto__', 'x']]);
  });

  it('says in one short line what is wrong with anything, and never throws', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...Object.keys(FULL), 'x'), (value, key) => {
        for (const problem of checkConfig({ [key]: value }).problems) {
          assert.doesNotMatch(problem, /\n/);
          assert(problem.length < 600, problem);
        }
        checkConfig(value);
      }),
    );
  });
});
