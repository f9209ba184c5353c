import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { ofTwo, runProgram, startProgram } from '../support/program.ts';
import { POINTS } from './points.ts';
import type { Fault, Point } from './points.ts';

/** A fault may be a race of node:cluster's, or its primary dies of another one before it shows. */
const FAULT_RUNS = 3;

/**
 * Where the library is better than node:cluster: programs written for node:cluster, run on it, where they show the fault,
 * and on the library, where they do not.
 */
describe('better than node:cluster', { concurrency: 3 }, () => {
  for (const [number, [title, point]] of Object.entries(POINTS).entries()) {
    const file = inRoot('test/better/programs', point.program);
    const options = { args: point.args ?? [] };
    const skip = skipReason(point);

    const way = ofTwo(number, 'import', 'require');
    it(`${title}: with grappolo by --${way}`, { skip }, async () => {
      const { stdout, stderr, code, isHung } = await runProgram(file, { ...options, cluster: way });
      assert.equal(stdout, point.prints.map((line) => `${line}\n`).join(''), stderr);
      assert.deepEqual({ stderr, code, isHung }, { stderr: '', code: 0, isHung: false });
    });

    const { fault } = point;
    if (!fault || !hasFault(fault)) continue;
    it(`${title}: not with node:cluster`, { skip }, async (t) => {
      const runs: string[] = [];
      while (runs.length < FAULT_RUNS) {
        const program = startProgram(t, file, { ...options, cluster: 'node' });
        // It may hang afterwards.
        const isShown = await program.waitFor(fault.shows).then(Boolean, () => false);
        program.killGroup();
        if (isShown) return;
        runs.push(`${program.stdout}\n${program.stderr}`);
      }
      assert.fail(`${fault.shows} is not in what it prints:\n\n${runs.join('\n')}`);
    });
  }
});

function skipReason({ needs }: Point): string | false {
  if (!needs) return false;
  const [major, minor] = needs;
  return isOlderThan(major, minor) && `needs Node ${major}.${minor}`;
}

function hasFault({ goneIn = Infinity }: Fault): boolean {
  return isOlderThan(goneIn, 0);
}

function isOlderThan(major: number, minor: number): boolean {
  const [haveMajor = 0, haveMinor = 0] = process.versions.node.split('.').map(Number);
  return haveMajor < major || (haveMajor === major && haveMinor < minor);
}
