import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { PolicyName } from '../../src/core/policy.ts';
import { tryLibc } from '../../src/system/libc.ts';
import { canReusePort } from '../../src/system/reuse-port.ts';
import { wasHeldUp } from '../support/held-up.ts';
import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

const HAS_KERNEL_POLICY = canReusePort();

interface Expected {
  readonly file: string;
  readonly args: readonly string[];
  /** Default: `'ipc'`. */
  readonly lane?: 'ipc' | 'queue';
  readonly policy?: PolicyName;
  readonly needsLibc?: boolean;
  readonly prints: readonly string[];
}

/** How often connections are laid on workers at most, where the machine holds one up each time. */
const EVEN_RUNS = 3;

interface Even {
  readonly args: readonly string[];
  readonly lane: 'ipc' | 'queue';
  readonly policy: PolicyName;
  /** Default: 4. */
  readonly workers?: number;
  readonly each: number;
}

const EVEN: Readonly<Record<string, Even>> = {
  'long connections lie evenly on workers with queues, in turn': {
    args: [],
    lane: 'queue',
    policy: 'rr',
    each: 20,
  },
  'long connections lie evenly on workers without queues, in turn': {
    args: [],
    lane: 'ipc',
    policy: 'rr',
    each: 20,
  },
  'long connections lie evenly on workers with queues, also when one has lost its own, by least connections':
    {
      args: ['refill'],
      lane: 'queue',
      policy: 'least-connections',
      each: 20,
    },
  'long connections lie evenly on workers without queues, by least connections': {
    args: [],
    lane: 'ipc',
    policy: 'least-connections',
    each: 20,
  },
  ...Object.fromEntries(
    (['rr', 'least-connections'] as const).flatMap((policy) =>
      (['ipc', 'queue'] as const).map((lane) => [
        `400 long connections that come at once lie evenly on 8 workers, by ${policy} over the ${lane} lane`,
        { args: ['at-once'], lane, policy, workers: 8, each: 50 },
      ]),
    ),
  ),
};

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
    'answers from: 1,2',
    'while one has no descriptors from: 2',
    'afterwards from both',
    'descriptors kept: 0',
  ],
};

const OWN_CONTEXT: Expected = {
  file: 'own-context.cjs',
  args: [],
  prints: [
    'contexts of their own: 100, triggered by 1',
    'what others entered: 0, in a domain of others: 0',
    'before ticks and microtasks of the last one: 0',
    'hooks: init before after destroy',
  ],
};

const ONE_BY_ONE: Expected = {
  file: 'one-by-one.cjs',
  args: [],
  prints: ['awaits: {"answered":60}', 'throws: {"answered":60}'],
};

/** What a program prints when things go wrong around it: all of its lines. */
const PROGRAMS: Readonly<Record<string, Expected>> = {
  'each connection comes in a context of its own': OWN_CONTEXT,
  'each connection from a queue comes in a context of its own': { ...OWN_CONTEXT, lane: 'queue' },
  'each connection comes in a call of its own': ONE_BY_ONE,
  'each connection from a queue comes in a call of its own': { ...ONE_BY_ONE, lane: 'queue' },
  'messages that waited for the program come in calls of their own: one that makes it throw loses no other': {
    file: 'early-throw.mjs',
    args: [],
    prints: ['heard: 1, 2, 3, 4, 5', 'thrown: 2'],
  },
  "a dead worker's own addresses are free, and its successor finds what it wants": {
    file: 'addresses.cjs',
    args: [],
    prints: [
      'port of its own: ECONNREFUSED',
      'UDP port of its own: free',
      'socket file of its own: gone',
      'shared port: answered',
      'port for a successor: answered by it: true',
    ],
  },
  'clients that come while there is no worker and leave again hold nothing, and one that stays is answered': {
    file: 'clients-leave.cjs',
    args: [],
    prints: ['descriptors kept: 0', 'the one that has stayed: answered'],
  },
  'socket files are removed however the primary ends itself': {
    file: 'socket-file.cjs',
    args: [],
    prints: ['there while it listens: true', 'ended with 3, and left: false'],
  },
  'a UNIX path is bound by the spelling that the kernel takes': {
    file: 'long-path.cjs',
    args: [],
    prints: ['elsewhere: answered by 2', 'left: 0', 'in the same folder: answered by 2', 'left: 0'],
  },
  'disconnect() calls back when the processes of all workers have ended': {
    file: 'all-ended.cjs',
    args: [],
    prints: ['the last word', 'the last word', 'listed: 0, alive: 0'],
  },
  'what workers tell the watcher of Node reaches no program, and is handed on': {
    file: 'watched.cjs',
    args: [],
    prints: ['heard: ["hello"]', 'handed on: true'],
  },
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
  'a worker without a descriptor for the socket that it is to share listens when it has one': {
    file: 'lost-handles.cjs',
    args: ['listen'],
    policy: 'none',
    prints: ['while it has no descriptors it is online', 'answers: 1'],
  },
  ...Object.fromEntries(
    [
      ['a worker without a descriptor for its way to the others has it later', 'joinLoaded'],
      ['a worker without a descriptor to load what that takes has it later as well', 'join'],
    ].map(([title, which]) => [
      title,
      { file: 'lost-handles.cjs', args: [which], needsLibc: true, prints: ['has 4 by pipes'] },
    ]),
  ),
  'a worker without a descriptor for its queue has one later, and the primary keeps nothing of the first': {
    file: 'lost-handles.cjs',
    args: ['queue'],
    lane: 'queue',
    prints: ['GRAPPOLO_NO_QUEUE_LANE: a worker is out of descriptors', 'answers: 1', 'descriptors kept: 0'],
  },
  "what waits in a dead worker's socket is accepted by another where one has no descriptor for that socket": {
    file: 'lost-handles.cjs',
    args: ['lend'],
    policy: 'kernel',
    prints: ['answered: true'],
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
  for (const [title, { file, args, lane = 'ipc', policy, needsLibc, prints }] of Object.entries(PROGRAMS)) {
    const skip =
      (policy === 'kernel' && !HAS_KERNEL_POLICY && 'needs Linux, and Node 22.12 or koffi') ||
      (needsLibc && !tryLibc() && 'no system calls can be made here');
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

  for (const [title, { args, lane, policy, workers = 4, each }] of Object.entries(EVEN)) {
    it(title, async (t) => {
      for (let runs = 1; runs <= EVEN_RUNS; runs += 1) {
        const { stdout, stderr, code } = await runProgram(inRoot('test/faults/programs/even.cjs'), {
          args,
          env: { GRAPPOLO_LANE: lane, NODE_CLUSTER_SCHED_POLICY: policy, NODE_DEBUG: 'grappolo' },
          timeoutMs: 60_000,
        });
        assert.equal(code, 0, stderr);
        const lines = stdout.trim().split('\n');
        assert.equal(lines.length, args.includes('refill') ? 2 : 1, stdout);
        for (const line of lines) assert.equal(sumOf(Object.values(JSON.parse(line))), workers * each, line);
        // Where the machine holds up a worker, others get what it has left waiting, and what comes while it is slow.
        if (wasHeldUp(stderr)) continue;
        const even = Object.fromEntries(Array.from({ length: workers }, (_, i) => [i + 1, each]));
        for (const line of lines) assert.deepEqual(JSON.parse(line), even, stderr);
        return;
      }
      t.diagnostic('the machine held up a worker in each run');
    });
  }
});

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
