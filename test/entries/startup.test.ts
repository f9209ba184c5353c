import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

/** On a machine where one of node:cluster takes `NODE_MS`; on a slower one as many times more. */
const LIMIT_MS = 15;
const NODE_MS = 75;

interface Report {
  readonly cpuMs: { readonly node: number; readonly grappolo: number; readonly extra: number };
}

describe('a worker', () => {
  it('costs little more CPU time until its first line than one of node:cluster', async () => {
    const { stdout, stderr } = await runProgram(inRoot('bench/startup.mjs'), {
      cluster: 'node',
      args: ['--pairs', '15', '--json'],
      timeoutMs: 60_000,
    });
    assert.notEqual(stdout, '', stderr);
    const { cpuMs } = JSON.parse(stdout) as Report;
    const limitMs = LIMIT_MS * Math.max(1, cpuMs.node / NODE_MS);
    assert(cpuMs.extra <= limitMs, JSON.stringify(cpuMs));
  });
});
