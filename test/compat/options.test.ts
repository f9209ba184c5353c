import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

const COUNT = 150;
const SEED = 20;

describe('options that nobody would choose', { concurrency: 2 }, () => {
  for (const [module_, what] of [
    ['net', 'listen()'],
    ['dgram', 'bind()'],
  ] as const) {
    for (const policy of ['rr', 'none', 'kernel']) {
      it(`of ${what} are read in a worker as in a single process, by ${policy}`, async () => {
        const args = [module_, String(SEED), String(COUNT)];
        const file = inRoot('test/compat/programs/_options.cjs');
        const env = { NODE_CLUSTER_SCHED_POLICY: policy };
        const single = await runProgram(file, { cluster: 'node', args: ['single', ...args] });
        const worker = await runProgram(file, { args: ['cluster', ...args], env });
        assert.equal(single.stdout.trim().split('\n').length, COUNT, single.stderr);
        assert.equal(worker.stdout, single.stdout, `${args.join(' ')}\n${worker.stderr}`);
        assert.equal(worker.code, 0);
      });
    }
  }
});
