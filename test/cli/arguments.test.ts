import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { parseArguments } from '../../src/cli/arguments.ts';
import type { Command } from '../../src/cli/arguments.ts';
import { HELP } from '../../src/cli/help.ts';
import { flagOf, START_OPTION_KEYS } from '../../src/cli/start-options.ts';
import type { StartOptions } from '../../src/cli/start-options.ts';
import { inRoot } from '../support/paths.ts';

const START = {
  kind: 'start',
  file: 'app.js',
  config: undefined,
  options: {},
  nodeArgs: [],
  args: undefined,
} as const;
const STATUS = { kind: 'remote', request: { command: 'status' }, name: undefined, json: false } as const;

const ANSWERS: readonly (readonly [line: string, Command])[] = [
  ['--help', { kind: 'help' }],
  ['-h', { kind: 'help' }],
  ['help', { kind: 'help' }],
  ['start --help', { kind: 'help' }],
  ['start app.js -h', { kind: 'help' }],
  ['reload -h', { kind: 'help' }],
  ['--version', { kind: 'version' }],
  ['-v', { kind: 'version' }],
  ['start app.js', START],
  ['start', { ...START, file: undefined }],
  ['start app.js --workers max', start({ workers: 'max' })],
  ['start app.js --workers 3', start({ workers: 3 })],
  ['start --workers=3 app.js', start({ workers: 3 })],
  ['--workers 3 start app.js', start({ workers: 3 })],
  ['start app.js -w 12', start({ workers: 12 })],
  ['start app.js -w 1 -w 2', start({ workers: 2 })],
  ['start app.js --policy rr', start({ policy: 'rr' })],
  ['start app.js --policy none', start({ policy: 'none' })],
  ['start app.js --name 123', start({ name: '123' })],
  ['start app.js --ready message', start({ ready: 'message' })],
  ['start app.js --ready-timeout 1', start({ readyTimeout: 1 })],
  ['start app.js --hang-timeout 0', start({ hangTimeout: 0 })],
  ['start app.js --max-memory 512', start({ maxMemory: 512 })],
  ['start app.js --drain-timeout 2147483647', start({ drainTimeout: 2_147_483_647 })],
  ['start app.js --idle-grace 0', start({ idleGrace: 0 })],
  ['start app.js --max-surge 2', start({ maxSurge: 2 })],
  ['start app.js --max-surge 50%', start({ maxSurge: '50%' })],
  ['start app.js --soak 100', start({ soak: 100 })],
  ['start app.js --log json', start({ log: 'json' })],
  ['start app.js --cwd ..', start({ cwd: '..' })],
  ['start app.js --config x.json', { ...START, config: 'x.json' }],
  ['start app.js --', { ...START, args: [] }],
  ['start -- app.js', { ...START, file: undefined, args: ['app.js'] }],
  ['start app.js -- a', { ...START, args: ['a'] }],
  ['start app.js -- --help -w 3 -- b', { ...START, args: ['--help', '-w', '3', '--', 'b'] }],
  ['start --env-file .env app.js', { ...START, nodeArgs: ['--env-file=.env'] }],
  ['start --env-file=.env --env-file=b app.js', { ...START, nodeArgs: ['--env-file=.env', '--env-file=b'] }],
  ['start --env-file-if-exists b app.js', { ...START, nodeArgs: ['--env-file-if-exists=b'] }],
  ['start --import tsx app.js', { ...START, nodeArgs: ['--import=tsx'] }],
  ['start -r ./a.cjs -C dev app.js', { ...START, nodeArgs: ['--require=./a.cjs', '--conditions=dev'] }],
  [
    'start --max-old-space-size=64 --enable-source-maps app.js',
    { ...START, nodeArgs: ['--max-old-space-size=64', '--enable-source-maps'] },
  ],
  [
    'start --node-arg=--trace-gc --node-arg --v8-x=1 app.js -w 2',
    { ...START, nodeArgs: ['--trace-gc', '--v8-x=1'], options: { workers: 2 } },
  ],
  ['status', STATUS],
  ['status --json --name api', { ...STATUS, name: 'api', json: true }],
  ['workers', { ...STATUS, request: { command: 'workers' } }],
  ['reload --name=a.b_c-1', { ...STATUS, request: { command: 'reload' }, name: 'a.b_c-1' }],
  ['scale 4', { ...STATUS, request: { command: 'scale', workers: 4 } }],
  ['--name api scale 4', { ...STATUS, request: { command: 'scale', workers: 4 }, name: 'api' }],
  ['start app.js --fleet nats://a,nats://b', start({ fleet: ['nats://a', 'nats://b'] })],
  ['start app.js --fleet-name shop_1', start({ fleetName: 'shop_1' })],
  ['start app.js --fleet-host web-1.example.com', start({ fleetHost: 'web-1.example.com' })],
  [
    'start app.js --fleet-credentials a --fleet-ca b --fleet-cert c --fleet-key d',
    start({ fleetCredentials: 'a', fleetCa: 'b', fleetCert: 'c', fleetKey: 'd' }),
  ],
  ['start app.js --fleet-in-kubernetes', start({ fleetInKubernetes: true })],
  ['fleet', { kind: 'fleet', argv: [] }],
  ['fleet --help', { kind: 'fleet', argv: ['--help'] }],
  [
    'fleet reload --max-unavailable 1 --soak 30s -- x --name',
    { kind: 'fleet', argv: ['reload', '--max-unavailable', '1', '--soak', '30s', '--', 'x', '--name'] },
  ],
  ['stop', { ...STATUS, request: { command: 'stop' } }],
];

const WORKERS_MESSAGE = (value: string): string =>
  `--workers takes a whole number from 1 or "max", not "${value}".`;

const SURGE_MESSAGE = (value: string): string =>
  `--max-surge takes a whole number from 1 or a percentage from "1%" to "100%", not "${value}".`;

const COMPLAINTS: readonly (readonly [line: string, message: string])[] = [
  ['', 'No command given.'],
  ['-- start app.js', 'No command given.'],
  ['run app.js', 'Unknown command run.'],
  ['stauts', 'Unknown command stauts. Did you mean status?'],
  ['server.js', 'Unknown command server.js. Did you mean grappolo start server.js?'],
  ['dist/app -w 2', 'Unknown command dist/app. Did you mean grappolo start dist/app?'],
  ['statsu', 'Unknown command statsu. Did you mean status?'],
  ['start app.js 3000', 'Unexpected argument 3000. Arguments for app.js go after --.'],
  ['--fast', 'Unknown option --fast.'],
  [
    'start --trace-gc app.js',
    'Unknown option --trace-gc. An option of node goes here as --node-arg=--trace-gc.',
  ],
  [
    'start --stack-size=900 app.js',
    'Unknown option --stack-size. An option of node goes here as --node-arg=--stack-size=900.',
  ],
  [
    'start app.js --enable-source-maps',
    '--enable-source-maps is an option of node: it goes before app.js. Arguments for app.js go after --.',
  ],
  [
    'start app.js --env-file .env',
    '--env-file is an option of node: it goes before app.js. Arguments for app.js go after --.',
  ],
  ['start --env-file', '--env-file needs a value.'],
  [
    'start --max-old-space-size server.js',
    '--max-old-space-size takes its value behind =, as in --max-old-space-size=VALUE.',
  ],
  [
    'start app.js --drain-timeout -1',
    '--drain-timeout takes a whole number of milliseconds from 0 to 2147483647, not "-1".',
  ],
  ['start --import --soak 1 app.js', '--import needs a value.'],
  ['start --node-arg=x.js', '--node-arg takes an option of node as it is written there, such as --trace-gc.'],
  ['status --env-file .env', 'status takes no --env-file=.env.'],
  ['start app.js --port 3000', 'start takes no --port. Arguments for app.js go after --.'],
  [
    'start app.js --worker 3',
    'Unknown option --worker. Did you mean --workers? Arguments for app.js go after --.',
  ],
  ['status --jsn', 'Unknown option --jsn. Did you mean --json?'],
  ['start app.js --json', 'start takes no --json. Arguments for app.js go after --.'],
  ['flet status', 'Unknown command flet. Did you mean fleet?'],
  ['--json fleet status', 'fleet comes first, and all its options behind it.'],
  ['status --fleet nats://a', 'status takes no --fleet.'],
  ...['--fleet=', '--fleet=nats://a,'].map(
    (flag) =>
      [
        `start app.js ${flag}`,
        `--fleet takes addresses of the fleet's engine, such as nats://nats-1:4222, not "${flag.slice(8)}".`,
      ] as const,
  ),
  ...['a.b', 'ü', '', 'x'.repeat(61)].map(
    (value) =>
      [
        `start app.js --fleet-name=${value}`,
        `--fleet-name takes 1 to 60 letters (a to z), digits, "_" and "-", not "${value}".`,
      ] as const,
  ),
  ...['a..b', '.', 'a/b', 'x'.repeat(65)].map(
    (value) =>
      [
        `start app.js --fleet-host=${value}`,
        `--fleet-host takes 1 to 64 letters (a to z), digits, "_", "-" and single dots between, not "${value}".`,
      ] as const,
  ),
  ['start app.js --config=', '--config takes a file, not "".'],
  ['start app.js --cwd=', '--cwd takes a folder, not "".'],
  ['status --workers 3', 'status takes no --workers.'],
  ['status --config x.json', 'status takes no --config.'],
  ['status api', 'Unexpected argument api. An instance is named by --name api.'],
  ['status ü', 'Unexpected argument ü.'],
  ['status --name api x', 'Unexpected argument x.'],
  ['status -- x', 'status takes nothing after --.'],
  ['scale', 'scale needs a number of workers.'],
  ['scale 4 api', 'Unexpected argument api. An instance is named by --name api.'],
  ...['0', 'max', '1.5', '9007199254740993', '5x'].map(
    (value) => [`scale ${value}`, `scale takes a whole number from 1, not "${value}".`] as const,
  ),
  ...['a/b', '..\\x', 'ü', '', 'x'.repeat(65)].map(
    (value) =>
      [
        `stop --name=${value}`,
        `--name takes 1 to 64 letters (a to z), digits, ".", "_" and "-", not "${value}".`,
      ] as const,
  ),
  ...['-1', '1.5', '1e3', '2147483648', '10s', ''].map(
    (value) =>
      [
        `start app.js --drain-timeout=${value}`,
        `--drain-timeout takes a whole number of milliseconds from 0 to 2147483647, not "${value}".`,
      ] as const,
  ),
  [
    'start app.js --ready-timeout 0',
    '--ready-timeout takes a whole number of milliseconds from 1 to 2147483647, not "0".',
  ],
  ['start app.js --max-memory 0', '--max-memory takes a whole number of MiB from 1, not "0".'],
  ...['0', '0%', '101%', '%', '5.5%', '-5%', '50%%'].map(
    (value) => [`start app.js --max-surge=${value}`, SURGE_MESSAGE(value)] as const,
  ),
  ['start app.js --ready soon', '--ready takes "listening", "message", "online", not "soon".'],
  ['start app.js --log xml', '--log takes "text", "json", "auto", not "xml".'],
  ['start app.js -x', 'Unknown option -x. Arguments for app.js go after --.'],
  ['start app.js --toString', 'Unknown option --toString. Arguments for app.js go after --.'],
  ['start app.js --help=yes', '--help takes no value.'],
  ['start app.js --workers', '--workers needs a value.'],
  ['start app.js --workers=', WORKERS_MESSAGE('')],
  ...['0', '-1', '1.5', 'all', '1e3', '0x2', '99999999999999999999'].map(
    (value) => [`start app.js --workers=${value}`, WORKERS_MESSAGE(value)] as const,
  ),
  ['start app.js --workers --policy rr', '--workers needs a value.'],
  [
    'start app.js --policy fifo',
    '--policy takes "none", "kernel", "rr", "least-connections", "least-loaded", "sticky", not "fifo".',
  ],
];

describe('parseArguments', () => {
  for (const [line, command] of ANSWERS) {
    it(`understands "${line}"`, () => assert.deepEqual(parseArguments(split(line)), command));
  }
  for (const [line, message] of COMPLAINTS) {
    it(`complains of "${line}"`, () => {
      assert.deepEqual(parseArguments(split(line)), { kind: 'misuse', message });
    });
  }
});

describe('systemd on the command line', () => {
  it('has a file, a port and a name', () => {
    assert.deepEqual(parseArguments(split('systemd a.js --socket 80 --name api')), {
      kind: 'systemd',
      file: 'a.js',
      name: 'api',
      socket: 80,
    });
  });

  for (const line of ['systemd', 'systemd a.js b', 'systemd a.js --socket x', 'systemd a.js --workers 2']) {
    it(`refuses ${line}`, () => {
      assert.equal(parseArguments(split(line)).kind, 'misuse');
    });
  }
});

describe('ui on the command line', () => {
  it('has a name and a port, or none', () => {
    assert.deepEqual(parseArguments(['ui']), { kind: 'ui', name: undefined, port: 0 });
    assert.deepEqual(parseArguments(split('ui --port 8080 --name api')), {
      kind: 'ui',
      name: 'api',
      port: 8080,
    });
  });

  for (const [line, message] of [
    ['ui api', 'Unexpected argument api. An instance is named by --name api.'],
    ['ui --port 0', '--port takes a port from 1 to 65535, not "0".'],
    ['ui --port 65536', '--port takes a port from 1 to 65535, not "65536".'],
    ['ui --json', 'ui takes no --json.'],
    ['ui --env-file .env', 'ui takes no --env-file=.env.'],
    ['ui -- a', 'ui takes nothing after --.'],
    ['status --port 80', 'status takes no --port.'],
  ] as const) {
    it(`complains of "${line}"`, () => {
      assert.deepEqual(parseArguments(split(line)), { kind: 'misuse', message });
    });
  }
});

describe('the help', () => {
  it('names every flag and command, and no other', () => {
    const named = new Set([...HELP.matchAll(/(?<![\w-])--([a-z-]+)/g)].map(([, flag]) => String(flag)));
    const ofNode = ['env-file', 'env-file-if-exists', 'import', 'trace-gc'];
    const own = [
      ...START_OPTION_KEYS.map(flagOf),
      'node-arg',
      'config',
      'json',
      'help',
      'port',
      'socket',
      'version',
    ];
    const flags = [...own, ...ofNode];
    assert.deepEqual([...named].toSorted(), flags.toSorted());
    for (const command of [
      'start',
      'status',
      'workers',
      'reload',
      'scale',
      'replace',
      'stop',
      'fleet',
      'ui',
      'systemd',
    ]) {
      assert.match(HELP, new RegExp(`^ *(Usage: grappolo )?${command}\\b`, 'm'));
    }
  });

  it('docs/cli.md has a row for every flag and its key', () => {
    const page = readFileSync(inRoot('docs/cli.md'), 'utf8');
    for (const key of START_OPTION_KEYS) {
      assert.match(page, new RegExp(`^\\| .*\`--${flagOf(key)}[\` ].* \\| \`${key}\` +\\|`, 'm'));
    }
  });

  it('docs/fleet.md has every flag and key that concerns a fleet', () => {
    const page = readFileSync(inRoot('docs/fleet.md'), 'utf8');
    const keys = START_OPTION_KEYS.filter((key) => key.startsWith('fleet'));
    assert.equal(keys.length, 8);
    for (const key of keys) assert.match(page, new RegExp(`--${flagOf(key)}\\b[^]*\`${key}\``));
  });
});

function start(options: StartOptions): Command {
  return { ...START, options };
}

function split(line: string): string[] {
  return line === '' ? [] : line.split(' ');
}
