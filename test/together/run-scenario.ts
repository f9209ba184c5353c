import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { startProgram } from '../support/program.ts';

/** Runs a scenario of a program to its end, which must be a good one, and gives what it has printed as JSON. */
export async function runScenario(
  t: TestContext,
  program: string,
  scenario: string,
  execArgv: readonly string[] = [],
): Promise<unknown> {
  const running = startProgram(t, program, {
    cluster: 'node',
    args: [scenario],
    execArgv,
    timeoutMs: 60_000,
  });
  const { code, signal, stdout, stderr } = await running.ended;
  assert.deepEqual([code, signal], [0, null], stdout + stderr);
  return JSON.parse(stdout) as unknown;
}
