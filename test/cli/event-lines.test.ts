import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { eventLine, eventLines, failureLines, isFailure } from '../../src/cli/event-lines.ts';
import { eventJson, levelOf } from '../../src/cli/log-lines.ts';
import type { LogLevel } from '../../src/cli/log-lines.ts';
import type { StartFailure, SupervisedEnd, SupervisorEvent } from '../../src/index.ts';
import { ADDRESS, WORKER as worker } from './fake-status.ts';

const AT = { atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6) } as const;
const FAILURE: StartFailure = {
  worker,
  reason: { kind: 'ready-timeout', timeoutMs: 10_000 },
  output: ['Error: no database', '    at main.js:3'],
};

/** By type, so that none is forgotten. */
const LINES: {
  readonly [Type in SupervisorEvent['type']]: readonly (readonly [Happening<Type>, string | undefined])[];
} = {
  'worker-started': [[{ worker }, 'worker 2 (pid 4711) started']],
  'worker-listening': [[{ worker, address: ADDRESS }, 'listening on http://localhost:8000']],
  'worker-listen-failed': [
    [
      { worker, address: ADDRESS, code: 'EADDRINUSE' },
      'cannot listen on http://localhost:8000: address already in use (EADDRINUSE)',
    ],
  ],
  'worker-ready': [[{ worker, afterMs: 130 }, 'worker 2 (pid 4711) ready after 130 ms']],
  'worker-draining': [
    [
      { worker, cause: 'reload' },
      'worker 2 (pid 4711) finishes its connections: another has taken its place',
    ],
    [{ worker, cause: 'own' }, 'worker 2 (pid 4711) finishes its connections: it leaves by itself'],
    [{ worker, cause: 'stop' }, undefined],
  ],
  'worker-hung': [
    [
      { worker, silentMs: 10_000, stack: 'at a.js:1' },
      'worker 2 (pid 4711) was silent for 10 s and is replaced; it was here:',
    ],
    [
      { worker, silentMs: 10_000, stack: undefined },
      'worker 2 (pid 4711) was silent for 10 s and is replaced',
    ],
  ],
  'worker-over-memory': [
    [
      { worker, memoryMb: 512.3, limitMb: 400 },
      'worker 2 (pid 4711) uses 512 MiB of memory, over the limit of 400 MiB, and is replaced',
    ],
  ],
  'worker-ended': [
    [
      { worker, reason: { kind: 'exit', code: 1 }, wasReady: true, restartInMs: 200, output: [] },
      'worker 2 (pid 4711) exited with code 1; the next starts in 200 ms',
    ],
    [
      { worker, reason: { kind: 'signal', signal: 'SIGSEGV' }, wasReady: true, restartInMs: 0, output: [] },
      'worker 2 (pid 4711) was ended by SIGSEGV; the next starts at once',
    ],
  ],
  ready: [
    [{ slots: 4 }, 'ready, 4 workers'],
    [{ slots: 1 }, 'ready, 1 worker'],
  ],
  'reload-started': [[{ generation: 3, slots: 4 }, 'reload 3: replacing 4 workers']],
  'reload-progress': [[{ generation: 3, done: 2, slots: 4 }, 'reload 3: 2 of 4 workers replaced']],
  'reload-done': [[{ generation: 3, tookMs: 1234 }, 'reload 3: done after 1.2 s']],
  'reload-failed': [
    [
      { generation: 3, failure: FAILURE },
      'reload 3 failed: its new worker in slot 2 (pid 4711) was not ready after 10 s',
    ],
  ],
  'cpus-changed': [
    [{ from: 4, to: 2 }, 'may use 2 CPUs now, and not 4: as many workers follow'],
    [{ from: 2, to: 1 }, 'may use 1 CPU now, and not 2: as many workers follow'],
  ],
  'scale-started': [
    [{ from: 2, to: 4 }, 'scaling from 2 to 4 workers'],
    [{ from: 2, to: 2 }, '2 workers wanted, as before'],
  ],
  'scale-done': [[{ slots: 4, tookMs: 90_000 }, 'scaled to 4 workers after 90 s']],
  'scale-failed': [
    [
      { slots: 4, failure: { ...FAILURE, worker: { ...worker, pid: undefined } } },
      'scaling to 4 workers failed: its new worker in slot 2 was not ready after 10 s',
    ],
  ],
  'replace-started': [[{ slot: 2 }, 'replacing worker 2']],
  'replace-done': [[{ slot: 2, tookMs: 1500 }, 'worker 2 was replaced after 1.5 s']],
  'replace-failed': [
    [
      { slot: 2, failure: FAILURE },
      'worker 2 was not replaced: its new worker in slot 2 (pid 4711) was not ready after 10 s',
    ],
  ],
  'ops-up': [[{ url: 'http://127.0.0.1:9464' }, 'operations address http://127.0.0.1:9464']],
  'ops-down': [
    [
      { message: 'its process ended by SIGKILL', restartInMs: 100 },
      'the operations address is down, and is tried again in 100 ms: its process ended by SIGKILL',
    ],
  ],
  'gave-up': [
    [
      { failures: 5, failure: { ...FAILURE, reason: { kind: 'exit', code: 1 } } },
      'gave up: 5 workers in a row ended before they were ready; the last, worker 2 (pid 4711), exited with code 1',
    ],
    [{ failures: 1, failure: FAILURE }, 'gave up: worker 2 (pid 4711) was not ready after 10 s'],
  ],
  done: [
    [
      { exec: '/srv/task.js', readyOn: 'listening' },
      'task.js ended with code 0 and did not listen: nothing to keep running',
    ],
    [
      { exec: '/srv/task.js', readyOn: 'message' },
      'task.js ended with code 0 and was never ready: nothing to keep running',
    ],
  ],
  stopping: [[{}, 'stopping']],
  stopped: [[{}, 'stopped']],
};

type Happening<Type extends SupervisorEvent['type']> = Omit<
  Extract<SupervisorEvent, { readonly type: Type }>,
  'type' | 'atMs'
>;

const ENDS: readonly (readonly [SupervisedEnd, string])[] = [
  [
    { kind: 'uncaught', error: 'TypeError: x\n    at a.js' },
    'ended of an error that nobody caught: TypeError: x',
  ],
  [
    {
      kind: 'uncaught',
      error: "/srv/a.js:1\nconst = 1;\n      ^\n\nSyntaxError: Unexpected token '='\n    at b.js",
    },
    "ended of an error that nobody caught: SyntaxError: Unexpected token '='",
  ],
  [{ kind: 'out-of-memory' }, 'ran out of memory'],
  [{ kind: 'hang', silentMs: 10_000 }, 'was ended after it was silent for 10 s'],
  [{ kind: 'memory-limit', memoryMb: 512 }, 'has left, as it used 512 MiB of memory'],
  [{ kind: 'ready-timeout', timeoutMs: 10_000 }, 'was not ready after 10 s'],
  [{ kind: 'drain', cause: 'stop', isForced: false }, 'stopped'],
  [{ kind: 'drain', cause: 'reload', isForced: false }, 'has left'],
  [
    { kind: 'drain', cause: 'stop', isForced: true },
    'was ended: its time to finish its connections was over',
  ],
  [{ kind: 'drain', cause: 'stop', isForced: true, isKilled: true }, 'was killed, as all were'],
  [{ kind: 'spawn', error: 'spawn EAGAIN' }, 'could not be started: spawn EAGAIN'],
];

const EVENTS = Object.entries(LINES).flatMap(([type, rows]) =>
  rows.map(([happening, line]) => ({ event: { ...AT, type, ...happening } as SupervisorEvent, line })),
);

describe('eventLine', () => {
  for (const { event, line } of EVENTS) {
    it(`says of ${event.type}: ${line ?? 'nothing'}`, () => assert.equal(eventLine(event), line));
  }

  for (const [reason, text] of ENDS) {
    it(`says of a worker's end: ${text}`, () => {
      const event = { ...AT, type: 'worker-ended', worker, reason, wasReady: false, output: [] } as const;
      assert.equal(eventLine({ ...event, restartInMs: undefined }), `worker 2 (pid 4711) ${text}`);
    });
  }
});

describe('eventLines', () => {
  it('shows below a failure what the worker said', () => {
    assert.deepEqual(eventLines({ ...AT, type: 'reload-failed', generation: 3, failure: FAILURE }), [
      'reload 3 failed: its new worker in slot 2 (pid 4711) was not ready after 10 s',
      'what it wrote to stderr last:',
      '    | Error: no database',
      '    |     at main.js:3',
    ]);
  });

  it('shows where a silent worker was', () => {
    const event = { ...AT, type: 'worker-hung', worker, silentMs: 10_000 } as const;
    assert.deepEqual(eventLines({ ...event, stack: 'at a.js:1\nat b.js:2' }).slice(1), [
      '    | at a.js:1',
      '    | at b.js:2',
    ]);
    assert.equal(eventLines({ ...event, stack: undefined }).length, 1);
  });

  it('begins with the line, and is nothing where there is none', () => {
    for (const { event, line } of EVENTS) assert.equal(eventLines(event)[0], line);
  });

  it('never has a line with more than one row', () => {
    const reason = { kind: 'uncaught', error: '\nError: two\nrows' } as const;
    const failure = { ...FAILURE, reason };
    for (const line of eventLines({ ...AT, type: 'gave-up', failures: 5, failure })) {
      assert.doesNotMatch(line, /\n/);
    }
  });
});

describe('failureLines', () => {
  it('shows the error of a worker that wrote nothing', () => {
    const reason = { kind: 'uncaught', error: 'Error: x\n    at a.js' } as const;
    assert.deepEqual(failureLines({ worker, reason, output: [] }), [
      'its error:',
      '    | Error: x',
      '    |     at a.js',
    ]);
    assert.deepEqual(failureLines({ ...FAILURE, output: [] }), []);
  });
});

describe('isFailure', () => {
  it('is true for what was asked for and cannot be done', () => {
    const failures = new Set(EVENTS.filter(({ event }) => isFailure(event)).map(({ event }) => event.type));
    assert.deepEqual([...failures].toSorted(), [
      'gave-up',
      'ops-down',
      'reload-failed',
      'replace-failed',
      'scale-failed',
      'worker-listen-failed',
    ]);
  });
});

describe('eventJson', () => {
  it('is one line with the keys that all have, and all that the event has', () => {
    for (const { event } of EVENTS) {
      const { atMs: _atMs, type, ...rest } = event;
      const json = eventJson(event);
      assert.doesNotMatch(json, /\n/);
      const level = levelOf(event);
      const first = { time: '2026-01-02T03:04:05.006Z', level, event: type, type };
      assert(json.startsWith(JSON.stringify(first).slice(0, -1)), json);
      const about = 'worker' in event ? event.worker : 'failure' in event ? event.failure.worker : undefined;
      const { id: _id, ...place } = about ?? { id: 0 };
      const reason = 'failure' in event && { reason: event.failure.reason };
      assert.deepEqual(
        JSON.parse(json),
        JSON.parse(JSON.stringify({ ...first, ...place, ...reason, ...rest })),
      );
    }
  });

  it('has the same type for a key in all lines', () => {
    for (const { event } of EVENTS) {
      const { reason } = JSON.parse(eventJson(event)) as { reason?: { kind: string } };
      if (reason !== undefined) assert.equal(typeof reason.kind, 'string', event.type);
    }
  });

  it('has the level at which somebody should look', () => {
    assert.deepEqual(typesOf('error').toSorted(), [
      'gave-up',
      'ops-down',
      'reload-failed',
      'replace-failed',
      'scale-failed',
      'worker-listen-failed',
    ]);
    assert.deepEqual(typesOf('warn').toSorted(), ['worker-ended', 'worker-hung', 'worker-over-memory']);
    const ended = {
      ...AT,
      type: 'worker-ended',
      worker,
      wasReady: true,
      restartInMs: 0,
      output: [],
    } as const;
    const drained = { kind: 'drain', cause: 'stop' } as const;
    assert.equal(levelOf({ ...ended, reason: { ...drained, isForced: false } }), 'info');
    assert.equal(levelOf({ ...ended, reason: { ...drained, isForced: true } }), 'warn');
    assert.equal(levelOf({ ...ended, reason: { kind: 'exit', code: 0 } }), 'info');
  });
});

function typesOf(level: LogLevel): SupervisorEvent['type'][] {
  const events = EVENTS.map(({ event }) => event).filter((event) => levelOf(event) === level);
  return [...new Set(events.map(({ type }) => type))];
}
