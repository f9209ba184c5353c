import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { SuperviseOptions } from '../../src/index.ts';
import { inRoot } from '../support/paths.ts';
import { ofTwo, runProgram } from '../support/program.ts';

const FILE = inRoot('test/supervisor/programs/numbers.mjs');
/** What a worker can be asked for is read in /proc. */
const skip = process.platform === 'linux' ? false : 'needs Linux';

interface Run {
  readonly deed: string;
  readonly options?: SuperviseOptions;
  readonly lane?: 'ipc' | 'queue';
  readonly execArgv?: readonly string[];
  /** How many descriptors its processes may have. */
  readonly descriptors?: number;
  readonly prints: Readonly<Record<string, unknown>>;
}

const ALL_HEARD = [true, true, true];
const REQUESTS = { 'GET 2xx': 23, 'GET 4xx': 10, 'POST 2xx': 12 };

function counts(byPrimary: boolean, tls = false): Readonly<Record<string, unknown>> {
  const of = (accepted: number, open: number): Record<string, unknown> => {
    const taken = byPrimary ? accepted : 0;
    return { accepted, open, kept: taken, primary: [taken, 0, 0] };
  };
  return {
    plain: of(33, 3),
    ...(tls && { secure: of(4, 0) }),
    requests: tls ? { ...REQUESTS, 'GET 2xx': 27 } : REQUESTS,
    'in flight': 0,
    durations: true,
  };
}

const DEATHS = { 'failed but for the killed': 0, fallen: 0, restarts: 10 };

const RUNS: Readonly<Record<string, Run>> = {
  'add up to what clients made, by listener and slot, on the queue lane': {
    deed: 'counts',
    options: { args: ['tls'] },
    prints: counts(true, true),
  },
  'add up on the ipc lane, where the program has replaced timers and clocks': {
    deed: 'counts',
    lane: 'ipc',
    options: { args: ['tls', 'fake timers'] },
    prints: counts(true, true),
  },
  'add up where workers accept by themselves, each on a socket of its own': {
    deed: 'counts',
    options: { schedulingPolicy: 'kernel' },
    prints: counts(false),
  },
  'add up where workers accept on the same socket': {
    deed: 'counts',
    options: { schedulingPolicy: 1 },
    prints: counts(false),
  },
  'come by message from a primary without system calls': {
    deed: 'counts',
    lane: 'ipc',
    execArgv: ['--no-addons'],
    prints: counts(true),
  },
  'come by message from a worker without system calls': {
    deed: 'counts',
    lane: 'ipc',
    options: { execArgv: ['--no-addons'] },
    prints: counts(true),
  },
  'know what has become of each request': {
    deed: 'http',
    options: { workers: 1 },
    prints: {
      aborted: 1,
      'aborted behind another': 3,
      pipelined: { 'GET 2xx': 3 },
      'upgraded, in flight': 0,
      requests: {
        'GET 2xx': 5,
        'GET 3xx': 1,
        'GET 5xx': 1,
        'HEAD 2xx': 1,
        'POST 4xx': 1,
        'PUT 2xx': 1,
        '_OTHER 2xx': 1,
      },
      'aborted in all': 4,
      'longer than 0.1 s': true,
      'sum of durations': true,
    },
  },
  'tell what is measured, and of a worker that hangs or is stopped how old that is': {
    deed: 'measures',
    options: { workers: 1, execArgv: ['--max-old-space-size=64'] },
    prints: {
      busy: true,
      'CPU time': true,
      memory: true,
      heap: true,
      stopped: true,
      'for ever, in flight': 1,
      restarts: { signal: 1 },
    },
  },
  'cost nothing where nobody reads them, and go on from where they were': {
    deed: 'turnedOff',
    lane: 'ipc',
    options: { workers: 1 },
    prints: {
      before: [[false, false, false], 0],
      counting: [ALL_HEARD, 1],
      'timers kept': 0,
      off: [null, 0, 5],
      'on again': 7,
    },
  },
  'know who was sent a connection, and who has it in the end': {
    deed: 'blocked',
    prints: { 'taken back': true, accepted: 21, kept: 21 },
  },
  'are off again for a second supervisor in the same process': {
    deed: 'twice',
    options: { workers: 1 },
    prints: { late: 'stopped', heard: [false, false, false] },
  },
  'never fall where the primary accepts, whoever is killed, reloaded, scaled or replaced': {
    deed: 'deaths',
    lane: ofTwo(0, 'queue', 'ipc'),
    prints: DEATHS,
  },
  'never fall where workers accept, whoever is killed, reloaded, scaled or replaced': {
    deed: 'deaths',
    options: { schedulingPolicy: ofTwo<'kernel' | 1>(0, 'kernel', 1) },
    prints: DEATHS,
  },
  'keep no descriptor of workers that are gone': { deed: 'lives', options: { workers: 1 }, prints: {} },
  'come by message where the primary has no descriptor for a page': {
    deed: 'lost',
    lane: 'ipc',
    descriptors: 160,
    options: { workers: 1 },
    prints: { taken: 'EMFILE', pages: 0 },
  },
  'harm no worker that has no descriptor for them': {
    deed: 'worker',
    lane: 'ipc',
    descriptors: 160,
    options: { workers: 1 },
    prints: { pages: 0, ended: 0 },
  },
};

describe('the numbers of supervised workers', { skip, concurrency: 2 }, () => {
  for (const [
    title,
    { deed, options = {}, lane = 'queue', execArgv = [], descriptors, prints },
  ] of Object.entries(RUNS)) {
    it(title, async () => {
      const { stdout, stderr, code, isHung } = await runProgram(FILE, {
        cluster: 'node',
        args: [deed, JSON.stringify(options), ...(descriptors === undefined ? [] : [`${descriptors}`])],
        execArgv,
        env: { GRAPPOLO_LANE: lane },
        timeoutMs: 90_000,
      });
      const lines = stdout.split('\n').filter(Boolean);
      const printed = lines.map((line) => /^([^:]+): (.*)$/.exec(line) ?? assert.fail(line));
      assert.deepEqual(
        {
          isHung,
          code,
          ...Object.fromEntries(printed.map(([, what, json = '']) => [what, JSON.parse(json) as unknown])),
        },
        { isHung: false, code: 0, ...prints },
        stderr,
      );
    });
  }
});
