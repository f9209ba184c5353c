import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import type { ClusterKind } from '../support/program.ts';

interface Expectation {
  /** Default: none, as an example imports the library by its name. */
  readonly cluster?: ClusterKind;
  /** Standard output, in any order: processes print beside each other. */
  readonly lines: readonly string[];
  /** What may stand on standard error. Default: nothing. */
  readonly stderr?: RegExp;
}

const EXPECTED: Readonly<Record<string, Expectation>> = {
  'advanced-serialization.js': { lines: ['a Map: true one: 1n holds itself: true'] },
  'commonjs.cjs': {
    lines: ['one object: true', 'hello from worker 1'],
    // Node 20 and 22 may call require() of an ES module experimental.
    stderr: /^(.*(ExperimentalWarning|--trace-warnings).*\n)*$/,
  },
  'custom-scheduler.js': { lines: ['three clients at once were answered by 3 workers'] },
  'drain-sse.js': {
    lines: [
      'from worker 1',
      'come back',
      'the stream has ended: true',
      'from worker 2',
      ...twice('state is saved'),
    ],
  },
  'end-reason.js': {
    lines: [
      'disconnect: {} exitedAfterDisconnect: true',
      "kill: { signal: 'SIGTERM' } exitedAfterDisconnect: false",
      "signal: { signal: 'SIGKILL' } exitedAfterDisconnect: false",
      'exit: { code: 3 } exitedAfterDisconnect: false',
      'error: ENOENT',
      'spawn: ENOENT exitedAfterDisconnect: false',
    ],
  },
  'events.js': {
    lines: [
      'setup []',
      'fork 1 none',
      'online online',
      'listening listening 127.0.0.1 4',
      'message hello',
      'disconnect disconnected',
      'exit dead 0 null listed: false',
    ],
  },
  'graceful-disconnect.js': {
    lines: [
      'an answer that was begun before the disconnect and ended after it',
      'exit: 0 null exitedAfterDisconnect: true',
    ],
  },
  'http-server.js': {
    lines: [
      ...twice('hello from worker 1'),
      ...twice('hello from worker 2'),
      'all workers have disconnected',
    ],
  },
  'inspect-port.js': {
    lines: ['the inspector listens on 127.0.0.1, on a port of its own: true'],
    stderr: /^Debugger listening on ws:\/\/127\.0\.0\.1:\d+\/\S+\nFor help, see: \S+\n$/,
  },
  'listen-errors.js': {
    lines: [
      'in the primary: EADDRINUSE, the taken port: true',
      'in the worker: EADDRINUSE of bind, the taken port: true',
      'listens elsewhere: true',
    ],
  },
  'max-connections.js': {
    lines: ['served at once: worker 1 and worker 2', 'served when there was room: true'],
  },
  'messages-and-handles.js': {
    lines: ['the worker says: worker 1', 'sent without an error: true', 'worker 1 answers on the socket'],
  },
  'register.js': {
    cluster: 'import',
    lines: ['node:cluster is grappolo in the primary', 'node:cluster is grappolo in the worker: true'],
  },
  'restart-on-exit.js': {
    lines: ['answered by worker 1', 'worker 1 died (SIGKILL), forking another', 'answered by worker 2'],
  },
  'rolling-restart.js': {
    lines: [
      'worker 1 was replaced',
      'worker 2 was replaced',
      'requests were answered during the restart: true',
      'workers: 3 and 4',
    ],
  },
  'scheduling-policy.js': {
    lines: ['20 requests, of which worker 1 answered N and worker 2 answered N'],
  },
  'settings.js': {
    lines: [
      'settings: args cwd exec execArgv silent',
      ...twice('the worker printed: started in fixtures'),
      'answer: good morning',
    ],
  },
  'shared-port-zero.js': {
    lines: [
      'the first ports are the same: true',
      'the second ports are the same: true',
      'first and second are the same: false',
    ],
  },
  'stdio.js': { lines: ['from descriptor 4: hello'] },
  'supervise.js': {
    lines: [
      '2 of 2 workers are ready',
      'slot 0: drain, reload',
      'slot 1: drain, reload',
      'all workers are of generation 1',
      'slot 1: drain, scale',
      'slots: 1',
      'hello from slot 0',
      'slot 0: drain, stop',
    ],
  },
  'tls-session-resumption.js': { lines: ['worker 1, resumed: false', 'worker 2, resumed: true'] },
  'udp.js': { lines: ['one port: true addressType: udp4', 'a datagram, answered'] },
  'unix-socket.js': {
    lines: [
      ...twice('listens on the path: true addressType: -1'),
      'answer: worker 1',
      'answer: worker 2',
      'the socket file is still there: false',
    ],
  },
  'worker-environment.js': { lines: ['worker 1 does mail', 'worker 2 does billing'] },
};

const EXAMPLES = readdirSync(inRoot('examples')).filter((name) => /\.[cm]?js$/.test(name));

describe('an example', { concurrency: 3 }, () => {
  for (const name of EXAMPLES.toSorted()) {
    it(`${name} prints what it is to print and ends`, async (t) => {
      const expectation = EXPECTED[name];
      assert(expectation, `nothing says what ${name} prints`);
      const { cluster = 'node', lines, stderr = /^$/ } = expectation;
      const outcome = await startProgram(t, inRoot('examples', name), { cluster }).ended;
      const printed = outcome.stdout
        .replaceAll(/answered \d+/g, 'answered N')
        .trimEnd()
        .split('\n');
      assert.deepEqual(printed.toSorted(), lines.toSorted(), outcome.stderr);
      assert.match(outcome.stderr, stderr);
      assert.equal(outcome.signal ?? outcome.code, 0);
    });
  }

  it('exists for each expectation', () => {
    assert.deepEqual(EXAMPLES.toSorted(), Object.keys(EXPECTED).toSorted());
  });

  it('has its line in the index', () => {
    const index = readFileSync(inRoot('examples/README.md'), 'utf8');
    const linked = [...index.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => String(target));
    assert.deepEqual(linked.filter((target) => !target.startsWith('../')).toSorted(), EXAMPLES.toSorted());
  });

  it('says how to start it where it needs a preload', async (t) => {
    const outcome = await startProgram(t, inRoot('examples/register.js'), { cluster: 'node' }).ended;
    assert.match(outcome.stdout, /start with: node --import grappolo\/register \/.*register\.js\n/);
    assert.equal(outcome.code, 0);
  });
});

function twice(line: string): string[] {
  return [line, line];
}
