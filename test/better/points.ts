/** A fault of node:cluster, the program that shows it, and what the program prints where it is not there. */
export interface Point {
  readonly program: string;
  readonly args?: readonly string[];
  /** What is right: the whole of standard output. */
  readonly prints: readonly string[];
  /** What node:cluster prints that is wrong; absent where it is right too, or differs from run to run. */
  readonly fault?: Fault;
  /** Oldest Node that has what the program uses. */
  readonly needs?: readonly [major: number, minor: number];
}

export interface Fault {
  readonly shows: RegExp;
  /** First major version that no longer has the fault. Default: every version has it. */
  readonly goneIn?: number;
  /** Why that version has it no longer. */
  readonly because?: string;
}

const SPAWN_FAILED = [
  'events: error string; disconnect; exit; cluster exit number null, dead: true, connected: false',
  'a signal to it reaches somebody: false',
  'listed: 0 state: dead',
  'the successor: started',
];

const NOT_TAKEN = ['answers: {"2":10}', 'descriptors kept: 0'];
const NOT_TAKEN_FAULT: Fault = { shows: /"no answer":1.*\ndescriptors kept: 1/ };

const SHARED = [
  'first to 0, second to its port: shared',
  'third to 0: shared',
  'the first closed, a fourth to the port: shared',
];
const NOT_SHARED: Fault = { shows: /second to its port: EADDRINUSE/ };

const BOTH_LISTEN = (addressType: string): string[] => [
  `1 is listening: ${addressType}, the port`,
  `2 is listening: ${addressType}, the port`,
  'disconnected, they end',
];
const NEVER_LISTENING: Fault = { shows: /^disconnected, they live on\n$/ };

const ALL_HEARD = ['heard: 1, 2, 3, 4, 5, a server (Server, true), last', 'ended: null SIGTERM'];
// What needs an answer of the worker may come late enough to be heard.
const NOT_ALL_HEARD = /^heard: (?!1, 2, 3, 4, 5, a server|first, second)/;
const MODULE_AT_ONCE = 'an ES module runs before the event loop turns for the first time';

const ZERO_KEPT = 'a limit of 0 is one since Node 22';

/** What each behaviour is called, and how it is seen. */
export const POINTS: Readonly<Record<string, Point>> = {
  'cluster.disconnect() calls back after the last worker has disconnected and every port is closed': {
    program: '01-disconnect-callback.cjs',
    prints: ['called back after 2 of 2 disconnected', 'the port then: ECONNREFUSED'],
    fault: { shows: /^called back after 1 of 2 disconnected/ },
  },
  'cluster.disconnect() leaves workers alone that were forked meanwhile, and their ports': {
    program: '01-forked-meanwhile.cjs',
    prints: [
      'while the old one leaves: 2',
      'when it is gone: 2',
      'with a third: 2 and 3',
      'when all are gone: ECONNREFUSED',
    ],
  },
  'cluster.workers lists a worker until it has disconnected and exited': {
    program: '02-workers-listed.cjs',
    prints: ['after disconnect(): true', 'a turn later: true', "on 'disconnect': true", "on 'exit': false"],
    fault: { shows: /^after disconnect\(\): false/ },
  },
  ...variants(
    'connections that a worker has not taken go to another when it',
    ['killed', 'kills', 'exits', 'throws'],
    {
      program: '03-not-taken.cjs',
      prints: NOT_TAKEN,
      fault: NOT_TAKEN_FAULT,
    },
  ),
  'connections that a worker has not taken are answered once when its channel is closed': {
    program: '03-not-taken.cjs',
    args: ['is cut off'],
    prints: ['answered: 10', 'descriptors kept: 0'],
  },
  'a worker that ends, at whatever step of its life, breaks the connection that it ends in and no other': {
    program: '03-ends-at-each-step.cjs',
    prints: [
      'asking: broken: 0 others: hello bye',
      'descriptors kept: 0',
      'listening: broken: 0 others: hello bye',
      'descriptors kept: 0',
      'connection: broken: 1 others: hello bye',
      'descriptors kept: 0',
      'data: broken: 1 others: hello bye',
      'descriptors kept: 0',
      'answered: broken: 0 others: hello bye',
      'descriptors kept: 0',
      'disconnecting: broken: 0 others: hello bye',
      'descriptors kept: 0',
    ],
    fault: { shows: /no answer/ },
  },
  'a connection waits without work while every server is full, and is served in its turn': {
    program: '04-all-full.cjs',
    prints: [
      'by both workers: true',
      'primary idle',
      'worker idle',
      'worker idle',
      'served while full: 0',
      'after an end: third',
      'after an end: third,fourth',
      'after an end: third,fourth,fifth',
    ],
    fault: { shows: /\n(primary|worker) busy\n/ },
  },
  'a worker that is leaving lives on when its primary closes its channel': {
    program: '05-channel-closed.cjs',
    args: ['primary'],
    prints: ['its connection is open', 'the worker exits with 0'],
  },
  'a worker that is leaving lives on when it closes its channel': {
    program: '05-channel-closed.cjs',
    args: ['worker'],
    prints: ['its connection is open', 'its work is done', 'the worker exits with 0'],
  },
  ...Object.fromEntries(
    ['SIGKILL', 'exit'].flatMap((how) => [
      [
        `a worker that drains when its primary ends by ${how} ends when its connections do`,
        {
          program: '05-primary-dies.cjs',
          args: [how, 'closed'],
          prints: ['the worker exits with 0', 'errors: none'],
          fault: { shows: /^the worker exits with 1\nerrors: (ERR_IPC_DISCONNECTED|EPIPE)/ },
        },
      ],
      [
        `a worker that drains when its primary ends by ${how} ends soon in any case`,
        {
          program: '05-primary-dies.cjs',
          args: [how, 'kept'],
          prints: ['within 3 s the worker ends', 'the worker exits with 0', 'errors: none'],
          fault: {
            shows: /^within 3 s .*\nthe worker exits with 1\nerrors: (ERR_IPC_DISCONNECTED|EPIPE)/,
          },
        },
      ],
    ]),
  ),
  ...variants("a spawn that fails is told by 'error' and 'exit', for", ['no-cwd', 'execPath'], {
    program: '06-spawn-fails.cjs',
    prints: SPAWN_FAILED,
    fault: { shows: /^events: error string; disconnect\n/ },
  }),
  ...variants("a spawn that fails at once is told by 'error' and 'exit' too, for", ['file', 'uid'], {
    program: '06-spawn-fails.cjs',
    prints: SPAWN_FAILED,
    fault: { shows: /^fork\(\) throws E/ },
  }),
  'a lone worker can be forked again without a connection being refused': {
    program: '07-lone-worker.cjs',
    prints: ['answers: {"answer":33}', 'ports: 1', 'without a worker: ECONNREFUSED'],
    fault: { shows: /^answers: \{"ECONNREFUSED":33\}/ },
  },
  'the port of a worker that died is kept, and holds no primary': {
    program: '07-kept-listener.cjs',
    args: ['dies'],
    prints: ['the port is kept', 'the primary ends with 1 living'],
    fault: { shows: /^the port is released/ },
  },
  'the port of a worker that closed its server is released': {
    program: '07-kept-listener.cjs',
    args: ['closes'],
    prints: ['the port is released', 'the primary ends with 2 living'],
  },
  'worker.endReason tells apart what exitedAfterDisconnect cannot': {
    program: '08-end-reason.cjs',
    prints: [
      'worker.kill(SIGKILL): null SIGKILL false {"kind":"kill","signal":"SIGKILL"}',
      'worker.kill(SIGTERM): null SIGTERM false {"kind":"kill","signal":"SIGTERM"}',
      'a SIGKILL of someone else: null SIGKILL false {"kind":"signal","signal":"SIGKILL"}',
      'process.exit(7): 7 null false {"kind":"exit","code":7}',
      'worker.disconnect(): 0 null true {"kind":"disconnect"}',
    ],
    fault: { shows: /^worker.kill\(SIGKILL\): null SIGKILL false undefined/ },
  },
  'an inspector port of 0 stays 0': {
    program: '09-explicit-inspector-port.cjs',
    args: ['zero'],
    prints: [
      '--inspect=0: as chosen',
      '--inspect=127.0.0.1:0: as chosen',
      '--inspect --inspect-port=0: as chosen',
      '--inspect --debug-port=0: as chosen',
    ],
    fault: { shows: /^(.*: another port\n){4}$/ },
  },
  'an inspector port that only the worker is given wins': {
    program: '09-explicit-inspector-port.cjs',
    args: ['certain'],
    prints: [
      '--inspect --inspect-port=PORT: as chosen',
      '--inspect --inspect-port=127.0.0.1:PORT: as chosen',
      '--inspect --debug-port=PORT: as chosen',
      '--inspect=PORT: as chosen',
    ],
    fault: { shows: /^(.*: another port\n){4}$/ },
  },
  ...Object.fromEntries(
    Object.entries({ tcp: '4', http: '4', udp4: 'udp4', udp6: 'udp6' }).map(([kind, addressType]) => [
      `'listening' is emitted for reusePort, and disconnect() closes it: ${kind}`,
      {
        program: '10-reuse-port.cjs',
        args: [kind],
        prints: BOTH_LISTEN(addressType),
        fault: NEVER_LISTENING,
        needs: [22, 12] as const,
      },
    ]),
  ),
  ...variants('port 0 and the number that it became are one address:', ['tcp', 'tcp-host', 'udp4', 'udp6'], {
    program: '11-assigned-port.cjs',
    prints: SHARED,
    fault: NOT_SHARED,
  }),
  'an inspector port that is taken is passed over': {
    program: '12-taken-inspector-port.cjs',
    prints: ['inspectors: 4 of 4, on 4 ports'],
    fault: { shows: /^inspectors: 2 of 4/ },
  },
  ...variants('messages wait for an ES module that listens to', ['process', 'cluster.worker'], {
    program: '13-early-messages.mjs',
    prints: ALL_HEARD,
    fault: { shows: NOT_ALL_HEARD, goneIn: 22, because: MODULE_AT_ONCE },
  }),
  'messages wait for an ES module that awaits something before it listens': {
    program: '13-early-messages.mjs',
    args: ['later'],
    prints: ALL_HEARD,
    fault: { shows: NOT_ALL_HEARD },
  },
  'messages wait for a program before which a module is imported': {
    program: '13-early-messages-import.cjs',
    args: ['nothing'],
    prints: ['heard: first, second, last', 'ended: null SIGTERM'],
  },
  'messages wait for a program before which a module is imported that awaits something': {
    program: '13-early-messages-import.cjs',
    args: ['timer'],
    prints: ['heard: first, second, last', 'ended: null SIGTERM'],
    fault: { shows: NOT_ALL_HEARD },
  },
  'an ES module hears that it is disconnected, however early': {
    program: '13-early-disconnect.mjs',
    args: ['asked'],
    prints: ['first line', 'the worker hears it', 'the process hears it', 'ended: 0 null true'],
    fault: { shows: /^first line\nended: 0 null true\n$/, goneIn: 22, because: MODULE_AT_ONCE },
  },
  'an ES module hears that its channel is closed, however early': {
    program: '13-early-disconnect.mjs',
    args: ['closed'],
    prints: ['first line', 'the worker hears it', 'ended: 0 null false'],
    fault: { shows: /^ended: 1 null false\n$/ },
  },
  'a worker that is about to listen goes on, though its channel does not keep it': {
    program: 'listen-unreferenced.cjs',
    prints: ['served', 'exit null SIGTERM'],
    fault: { shows: /^exit 0 null\n$/ },
  },
  'maxConnections = 0 leaves every connection to others where the primary accepts': {
    program: '14-max-connections.cjs',
    args: ['rr', 'zero'],
    prints: ['answers: {"2":4} drops: 0'],
    fault: { shows: /^answers: \{"1":2,"2":2\} drops: 0/, goneIn: 22, because: ZERO_KEPT },
  },
  'maxConnections = 0 closes every connection where the worker accepts': {
    program: '14-max-connections.cjs',
    args: ['none', 'zero'],
    prints: ['answers: {"closed":4} drops: 4'],
    fault: { shows: /^answers: \{"1":4\} drops: 0/, goneIn: 22, because: ZERO_KEPT },
  },
  'dropMaxConnection closes what is one too many where the primary accepts': {
    program: '14-max-connections.cjs',
    args: ['rr', 'drop'],
    prints: ['answers: {"closed":4} drops: 4', 'with room again: 1'],
    fault: { shows: /"no answer":4/, goneIn: 22, because: 'dropMaxConnection is there since Node 22.12' },
  },
  'dropMaxConnection changes nothing where the worker accepts': {
    program: '14-max-connections.cjs',
    args: ['none', 'drop'],
    prints: ['answers: {"closed":4} drops: 4', 'with room again: 1'],
  },
  'a worker goes on that closes a server before the answer to a listen() that fails': {
    program: '15-closed-before-answer.cjs',
    prints: ['goes on', 'exit 0'],
    fault: { shows: /^thrown: TypeError/ },
  },
};

/** One point for each argument that its program takes. */
function variants(title: string, args: readonly string[], point: Point): Record<string, Point> {
  return Object.fromEntries(args.map((arg) => [`${title} ${arg}`, { ...point, args: [arg] }]));
}
