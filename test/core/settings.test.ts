import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { mergeSettings } from '../../src/core/settings.ts';

const FACTS = { argv: ['/usr/bin/node', '/app/main.js', 'a', 'b'], execArgv: ['--trace-warnings'] };

describe('mergeSettings', () => {
  it('has the documented defaults and nothing else', () => {
    assert.deepEqual(mergeSettings({}, undefined, FACTS), {
      args: ['a', 'b'],
      exec: '/app/main.js',
      execArgv: ['--trace-warnings'],
      silent: false,
    });
  });

  it('names its keys in the documented order, so that they print as with node:cluster', () => {
    const settings = mergeSettings({}, { cwd: '/', exec: 'worker.js' }, FACTS);
    assert.deepEqual(Object.keys(settings), ['args', 'exec', 'execArgv', 'silent', 'cwd']);
  });

  it('knows of no exec where the process has no script', () => {
    const settings = mergeSettings({}, {}, { argv: ['/usr/bin/node'], execArgv: [] });
    assert.deepEqual(settings, { args: [], exec: undefined, execArgv: [], silent: false });
  });

  it('prefers what the caller names, and keeps what earlier calls named', () => {
    const first = mergeSettings({}, { exec: 'worker.js', silent: true }, FACTS);
    const second = mergeSettings(first, { args: ['c'] }, { argv: ['x', 'y', 'z'], execArgv: ['-q'] });
    assert.deepEqual(second, {
      args: ['c'],
      exec: 'worker.js',
      execArgv: ['--trace-warnings'],
      silent: true,
    });
  });

  it('copies the arguments, and keeps to the execArgv of the process, whatever is added to it', () => {
    const facts = { argv: [...FACTS.argv], execArgv: [...FACTS.execArgv] };
    const settings = mergeSettings({}, {}, facts);
    facts.argv.push('late');
    facts.execArgv.push('late');
    assert.deepEqual(settings.args, ['a', 'b']);
    assert.deepEqual(mergeSettings(settings, undefined, facts).execArgv, ['--trace-warnings', 'late']);
  });

  it('takes an execArgv that is undefined as one that is not named', () => {
    assert.deepEqual(execArgvOf(undefined), FACTS.execArgv);
    assert.deepEqual(mergeSettings({ execArgv: ['-q'] }, { execArgv: undefined }, FACTS).execArgv, ['-q']);
  });

  it('has each process write a profile of its own', () => {
    assert.deepEqual(execArgvOf(['--prof']), ['--prof', '--logfile=v8-%p.log']);
    assert.deepEqual(execArgvOf(['--prof', '--logfile=x']), ['--prof', '--logfile=x']);
  });
});

function execArgvOf(execArgv: string[] | undefined): unknown {
  return mergeSettings({}, { execArgv }, FACTS).execArgv;
}
