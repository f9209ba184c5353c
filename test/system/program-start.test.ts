import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

const FIXTURES = inRoot('test/fixtures/program-start');
const PRELOAD = `${FIXTURES}/preload.cjs`;
const OTHER_IMPORT = ['--import', 'data:text/javascript,await 1'];

describe('onProgramStarted', { concurrency: 2 }, () => {
  for (const name of ['common.cjs', 'module.mjs', 'importing.mjs', 'awaiting.mjs']) {
    // From then on Node shows nobody that its main module still awaits something.
    const skip = name === 'awaiting.mjs' && nodeMajor() >= 22 && 'cannot be seen since Node 22';
    for (const execArgv of [[], OTHER_IMPORT]) {
      const before = execArgv.length === 0 ? 'nothing' : 'a module';
      it(`calls once, after the last line of ${name}, with ${before} imported before`, { skip }, async () => {
        const { stdout, stderr } = await runProgram(`${FIXTURES}/${name}`, {
          cluster: 'node',
          execArgv: ['--require', PRELOAD, ...execArgv],
        });
        assert.equal(stdout, 'last line\nstarted\n', stderr);
      });
    }
  }

  it('calls after a while for a program that awaits for good', async () => {
    const { stdout, stderr } = await runProgram(`${FIXTURES}/waiting.mjs`, {
      cluster: 'node',
      execArgv: ['--require', PRELOAD],
    });
    assert.equal(stdout, 'first line\nstarted\n', stderr);
  });

  it('keeps no program running', async () => {
    const { stdout, isHung } = await runProgram(`${FIXTURES}/ending.mjs`, {
      cluster: 'node',
      execArgv: ['--require', PRELOAD],
    });
    assert.equal(isHung, false);
    assert.match(stdout, /^the end\n/);
  });
});

function nodeMajor(): number {
  return Number.parseInt(process.versions.node, 10);
}
