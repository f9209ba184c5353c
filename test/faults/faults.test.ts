import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { PolicyName } from '../../src/core/policy.ts';
import { canReusePort } from '../../src/system/reuse-port.ts';
import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

const HAS_KERNEL_POLICY = canReusePort();

interface Expected {
  readonly file: string;
  readonly args: readonly string[];
  /** Default: `'ipc'`. */
  readonly lane?: 'ipc' | 'queue';
  readonly policy?: PolicyName;
  readonly prints: readonly string[];
}

const EVEN = '{"1":20,"2":20,"3":20,"4":20}';

const STICKY = [
  'every worker has clients: true',
  'the same worker again: 40 of 40',
  'only those of the killed worker have moved: true',
  "back at their slot's worker: 40 of 40",
];

const WITHOUT_DESCRIPTORS: Expected = {
  file: 'worker-few-descriptors.cjs',
  args: [],
  prints: [
    'answers: {"1":10,"2":10}',
    'while one has no descriptors: {"2":20}',
    'afterwards: {"1":10,"2":10}',
    'descriptors kept: 0',
  ],
};

/** What a program prints when things go wrong around it: all of its lines. */
const PROGRAMS: Readonly<Record<string, Expected>> = {
  'connections of a worker that closes its channel go to another': {
    file: 'channel-closed.cjs',
    args: [],
    prints: ['the blocked worker ends with 0', 'answers: {"2":10}', 'descriptors kept: 0'],
  },
  "a worker's end is told while a child of it holds its channel open": {
    file: 'channel-held.cjs',
    args: [],
    prints: ['disconnect', 'exit', 'listed: 0'],
  },
  'a stopped worker holds up no more than it was given, and answers those when it goes on': {
    file: 'stopped.cjs',
    args: ['continued'],
    prints: [
      'waiting for the stopped worker: 1',
      'answers: {"1":1,"2":49}',
      'descriptors kept: 0',
      'later answers from: 1,2',
    ],
  },
  'what a stopped worker was given goes to another when it is killed': {
    file: 'stopped.cjs',
    args: ['killed'],
    prints: ['waiting for the stopped worker: 1', 'answers: {"2":50}', 'descriptors kept: 0'],
  },
  'a stopped worker with a queue holds up nothing, and has its turns when it goes on': {
    file: 'stopped.cjs',
    args: ['continued'],
    lane: 'queue',
    prints: [
      'waiting for the stopped worker: 0',
      'answers: {"2":50}',
      'descriptors kept: 0',
      'later answers from: 1,2',
    ],
  },
  'connections of a worker with a queue that closes its channel go to another': {
    file: 'channel-closed.cjs',
    args: [],
    lane: 'queue',
    prints: ['the blocked worker ends with 0', 'answers: {"2":10}', 'descriptors kept: 0'],
  },
  'kills under load lose no connection but what the killed worker was answering, and leak no descriptor': {
    file: 'kill-loop.cjs',
    args: ['15', '2000'],
    prints: [
      'enough connections: true',
      'broken, more than were open: false',
      'refused: 0 hanging: 0',
      'descriptors kept: 0',
    ],
  },
  'kills of workers with queues lose nothing else either, in 10,000 connections': {
    file: 'many-kills.cjs',
    args: [],
    lane: 'queue',
    prints: [
      'answered or broken: true',
      'broken, more than were open: false',
      'refused: 0 hanging: 0',
      'descriptors kept: 0',
    ],
  },
  "what waits in a dead worker's socket is answered, with the policy 'kernel'": {
    file: 'kernel-kills.cjs',
    args: [],
    policy: 'kernel',
    prints: [
      'all answered by the survivor: {"2":60}',
      'the successor has its share: true',
      'after the last one: ECONNREFUSED',
    ],
  },
  "with the policy 'kernel' steered by address, a client keeps its worker, and its successor": {
    file: 'kernel-sticky.cjs',
    args: ['tcp'],
    policy: 'kernel',
    prints: STICKY,
  },
  "with the policy 'kernel' steered by address, datagrams keep their worker, which answers from the right port":
    {
      file: 'kernel-sticky.cjs',
      args: ['udp'],
      policy: 'kernel',
      prints: STICKY,
    },
  'a scheduler of the program that fails loses no connection': {
    file: 'own-scheduler.cjs',
    args: [],
    lane: 'queue',
    prints: ['answered: 300 of 300', 'warnings: GRAPPOLO_SCHEDULER_FAILED', 'descriptors kept: 0'],
  },
  'long connections lie evenly on workers with queues, in turn': {
    file: 'even.cjs',
    args: [],
    lane: 'queue',
    policy: 'rr',
    prints: [EVEN],
  },
  'long connections lie evenly on workers without queues, in turn': {
    file: 'even.cjs',
    args: [],
    policy: 'rr',
    prints: [EVEN],
  },
  'long connections lie evenly on workers with queues, also when one has lost its own, by least connections':
    {
      file: 'even.cjs',
      args: ['refill'],
      lane: 'queue',
      policy: 'least-connections',
      prints: [EVEN, EVEN],
    },
  'long connections lie evenly on workers without queues, by least connections': {
    file: 'even.cjs',
    args: [],
    policy: 'least-connections',
    prints: [EVEN],
  },
  'no other process inherits a queue or a connection that came by it': {
    file: 'close-on-exec.cjs',
    args: [],
    lane: 'queue',
    prints: ["inherited by a worker's child: 0 by the primary's: 0"],
  },
  'a worker that dies while it asks to listen is told to have exited, and gives back what it was sent': {
    file: 'dies-asking.cjs',
    args: [],
    prints: ['told: 10 of 10 listed: 1', 'answers: {"answer":5}', 'descriptors kept: 0'],
  },
  'connections go past a worker without descriptors': WITHOUT_DESCRIPTORS,
  'connections go past a worker with a queue and without descriptors': {
    ...WITHOUT_DESCRIPTORS,
    lane: 'queue',
  },
  'a primary without descriptors goes on when it has some again': {
    file: 'few-descriptors.cjs',
    args: [],
    prints: [
      'all answered or closed: true',
      'answered, as many as there were descriptors for: true',
      'descriptors kept: 0',
      'later: {"answer":20}',
      'fork() without a descriptor: EMFILE, exit',
      'later: {"answer":1}',
    ],
  },
};

describe('faults', () => {
  for (const [title, { file, args, lane = 'ipc', policy, prints }] of Object.entries(PROGRAMS)) {
    const skip = policy === 'kernel' && !HAS_KERNEL_POLICY && 'needs Linux, and Node 22.12 or koffi';
    it(title, { skip }, async () => {
      const outcome = await runProgram(inRoot('test/faults/programs', file), {
        args,
        env: { GRAPPOLO_LANE: lane, NODE_CLUSTER_SCHED_POLICY: policy },
        timeoutMs: 60_000,
      });
      assert.equal(outcome.stdout, prints.map((line) => `${line}\n`).join(''), outcome.stderr);
      assert.deepEqual(
        { ...outcome, stdout: '' },
        { code: 0, signal: null, stdout: '', stderr: '', isHung: false },
      );
    });
  }

  for (const policy of ['rr', 'least-connections'] as const) {
    for (const lane of ['ipc', 'queue'] as const) {
      it(`400 long connections that come at once lie evenly on 8 workers, by ${policy} over the ${lane} lane`, async () => {
        const { stdout, stderr, code } = await runProgram(inRoot('test/faults/programs/even.cjs'), {
          args: ['at-once'],
          env: { GRAPPOLO_LANE: lane, NODE_CLUSTER_SCHED_POLICY: policy, NODE_DEBUG: 'grappolo' },
          timeoutMs: 60_000,
        });
        assert.equal(code, 0, stderr);
        const held: number[] = Object.values(JSON.parse(stdout));
        const uneven = held.reduce((sum, count) => sum + Math.abs(count - 50), 0);
        // Where the machine holds up a worker, others get what it has left waiting, and what comes while it is slow.
        const moved = [...stderr.matchAll(/moved from a silent worker: (\d+)/g)];
        const movedCount = moved.reduce((sum, [, count]) => sum + Number(count), 0);
        const slowed = stderr.split('takes one connection at a time').length - 1;
        assert.equal(held.length, 8, stdout);
        assert.equal(
          held.reduce((sum, count) => sum + count, 0),
          400,
        );
        if (slowed === 0) assert(uneven <= 2 * movedCount, `${stdout}${stderr}`);
      });
    }
  }
});
