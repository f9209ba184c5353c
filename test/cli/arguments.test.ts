import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseArguments } from '../../src/cli/arguments.ts';
import type { Command } from '../../src/cli/arguments.ts';

const START = { kind: 'start', file: 'app.js', workers: 'max', policy: undefined, args: [] } as const;

const ANSWERS: readonly (readonly [line: string, Command])[] = [
  ['--help', { kind: 'help' }],
  ['-h', { kind: 'help' }],
  ['start --help', { kind: 'help' }],
  ['start app.js -h', { kind: 'help' }],
  ['--version', { kind: 'version' }],
  ['-v', { kind: 'version' }],
  ['start app.js', START],
  ['start app.js --workers max', START],
  ['start app.js --workers 3', { ...START, workers: 3 }],
  ['start --workers=3 app.js', { ...START, workers: 3 }],
  ['--workers 3 start app.js', { ...START, workers: 3 }],
  ['start app.js -w 12', { ...START, workers: 12 }],
  ['start app.js -w 1 -w 2', { ...START, workers: 2 }],
  ['start app.js --policy rr', { ...START, policy: 'rr' }],
  ['start app.js --policy none', { ...START, policy: 'none' }],
  ['start app.js --', START],
  ['start app.js -- a', { ...START, args: ['a'] }],
  ['start app.js -- --help -w 3 -- b', { ...START, args: ['--help', '-w', '3', '--', 'b'] }],
];

const WORKERS_MESSAGE = (value: string): string =>
  `--workers takes a whole number from 1 or "max", not "${value}".`;

const COMPLAINTS: readonly (readonly [line: string, message: string])[] = [
  ['', 'No command given.'],
  ['-- start app.js', 'No command given.'],
  ['run app.js', 'Unknown command run.'],
  ['start', 'No file to start given.'],
  ['start -- app.js', 'No file to start given.'],
  ['start app.js 3000', 'Unexpected argument 3000. Arguments for app.js go after --.'],
  ['--fast', 'Unknown option --fast.'],
  ['start app.js --port 3000', 'Unknown option --port. Arguments for app.js go after --.'],
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
    it(`complains of "${line}"`, () =>
      assert.deepEqual(parseArguments(split(line)), { kind: 'misuse', message }));
  }
});

function split(line: string): string[] {
  return line === '' ? [] : line.split(' ');
}
