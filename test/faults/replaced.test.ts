import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { ofTwo, runProgram } from '../support/program.ts';

/** What programs are known to replace: test tools, emulations of browsers, tools that watch, libraries of another time. */
const REPLACED: readonly (readonly [object: string, key: string])[] = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearImmediate', 'queueMicrotask'].map(
    (key) => ['globalThis', key] as const,
  ),
  ['globalThis', 'performance'],
  ['performance', 'now'],
  ['Date', 'now'],
  ['process', 'nextTick'],
  ['process', 'hrtime'],
  ['process', 'disconnect'],
  ['process', 'emitWarning'],
  ['net', '_createServerHandle'],
  ['net.Server.prototype', 'listen'],
  ['net.Server.prototype', 'address'],
  ['childProcess', 'fork'],
  ['childProcess', 'spawn'],
  ['Array.prototype', 'toJSON'],
];
const GOES_ON = 'answered: 20\nboth have answered a message\nanother one listens\nleft: 0\n';
/** The primary binds, or starts processes, by what Node itself needs for it; and its own message events are Node's. */
const NOT_IN_PRIMARY = new Set([
  'process.nextTick',
  'net._createServerHandle',
  'net.Server.prototype.listen',
]);
const NOT_IN_WORKER = new Set(['process.nextTick']);

/** What tools wrap, and polyfills replace, by something that does the same; and what is frozen. By the program's first line. */
const WRAPPED: readonly (readonly [object: string, key: string, how: 'forwards' | 'freezes'])[] = [
  ['EventEmitter.prototype', 'on', 'forwards'],
  ['EventEmitter.prototype', 'emit', 'forwards'],
  ['EventEmitter.prototype', 'removeListener', 'forwards'],
  ['net.Server.prototype', 'listen', 'forwards'],
  ['net.Server.prototype', 'close', 'forwards'],
  ['ChildProcess.prototype', 'send', 'forwards'],
  ['childProcess', 'fork', 'forwards'],
  ['globalThis', 'Promise', 'forwards'],
  ['Array.prototype', '', 'freezes'],
  ['Object.prototype', '', 'freezes'],
  ['Map.prototype', '', 'freezes'],
];

/** What a shim has put on the prototype of all objects, for good reasons or none: the names are of messages and of options. */
const INHERITED: readonly (readonly [side: 'worker' | 'primary', key: string, value: string])[] = [
  ['worker', 'isKept', '7'],
  ['worker', 'ticketKeys', '"x"'],
  ['worker', 'act', '"disconnect"'],
  ['worker', 'cmd', '"NODE_CLUSTER"'],
  ['primary', 'get', '7'],
  ['primary', 'set', '7'],
  ['primary', 'supervision', '"x"'],
  ['primary', 'fd', '"x"'],
  ['primary', 'cmd', '"NODE_CLUSTER"'],
];

describe('a program that replaces what everybody uses', { concurrency: 2 }, () => {
  for (const side of ['worker', 'primary'] as const) {
    for (const [number, [object, key]] of REPLACED.entries()) {
      const name = `${object}.${key}`;
      if ((side === 'worker' ? NOT_IN_WORKER : NOT_IN_PRIMARY).has(name)) continue;
      // The primary has both in one run: connections begin by ipc.
      const lane = side === 'primary' ? 'queue' : ofTwo(number, 'ipc', 'queue');
      it(`goes on: ${name} in the ${side}, with the ${lane} lane`, async () => {
        const { code, stdout, stderr } = await runProgram(inRoot('test/faults/programs/replaced.cjs'), {
          args: [side, object, key],
          env: { GRAPPOLO_LANE: lane },
        });
        assert.deepEqual([code, stdout], [0, GOES_ON], stderr);
      });
    }
  }

  for (const side of ['worker', 'primary'] as const) {
    for (const [number, [object, key, how]] of WRAPPED.entries()) {
      const lane = ofTwo(number, 'ipc', 'queue');
      it(`goes on where it ${how} ${object} ${key} in the ${side}, with the ${lane} lane`, async () => {
        const { code, stdout, stderr } = await runProgram(inRoot('test/faults/programs/replaced.cjs'), {
          args: [side, object, key, how, 'first'],
          env: { GRAPPOLO_LANE: lane },
        });
        assert.deepEqual([code, stdout], [0, GOES_ON], stderr);
      });
    }
  }

  for (const [side, key, value] of INHERITED) {
    it(`goes on where all objects of the ${side} inherit ${key}: ${value}`, async () => {
      for (const lane of ['ipc', 'queue']) {
        const { code, stdout, stderr } = await runProgram(inRoot('test/faults/programs/replaced.cjs'), {
          args: [side, 'Object.prototype', key, `has ${value}`, 'first'],
          env: { GRAPPOLO_LANE: lane },
        });
        assert.deepEqual([code, stdout], [0, GOES_ON], `${lane}: ${stderr}`);
      }
    });
  }

  for (const flag of ['--frozen-intrinsics', '--disable-proto=delete', '--disable-proto=throw']) {
    it(`goes on under ${flag}`, async () => {
      for (const lane of ['ipc', 'queue']) {
        const { code, stdout, stderr } = await runProgram(inRoot('test/faults/programs/one-by-one.cjs'), {
          execArgv: [flag],
          env: { GRAPPOLO_LANE: lane },
        });
        assert.deepEqual([code, stdout], [0, 'awaits: {"answered":60}\nthrows: {"answered":60}\n'], stderr);
      }
    });
  }
});
