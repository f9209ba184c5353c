import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { joinNodeOptions, splitNodeOptions } from '../../src/core/node-options.ts';
import { parseMark, planFork, WORKER_MARK } from '../../src/core/worker-environment.ts';
import type { ForkPlan } from '../../src/core/worker-environment.ts';

const BOOT = '/lib path/boot.cjs';

function plan(env: NodeJS.ProcessEnv, execArgv: readonly string[] = [], id = 1): ForkPlan {
  return planFork({
    id,
    slot: 2,
    env,
    execArgv,
    bootFile: BOOT,
    isRegister: (specifier) => specifier === 'ours',
  });
}

describe('planFork', () => {
  it('preloads the boot file before all that NODE_OPTIONS names', () => {
    const { env } = plan({ NODE_OPTIONS: '--require "a b.js" --import=c' });
    assert.deepEqual(splitNodeOptions(env['NODE_OPTIONS'] ?? ''), [
      '--require',
      BOOT,
      '--require',
      'a b.js',
      '--import=c',
    ]);
  });

  it('takes the register preload out of NODE_OPTIONS and of the arguments', () => {
    const { env, execArgv } = plan({ NODE_OPTIONS: '--import ours --no-warnings' }, [
      '--import=ours',
      '--inspect',
    ]);
    assert.deepEqual(splitNodeOptions(env['NODE_OPTIONS'] ?? ''), ['--require', BOOT, '--no-warnings']);
    assert.deepEqual(execArgv, ['--inspect']);
  });

  it('remembers what the worker is to see', () => {
    const { env } = plan({ NODE_OPTIONS: '--import ours' }, ['--import', 'ours', '--inspect'], 7);
    assert.deepEqual(parseMark(env[WORKER_MARK]), {
      id: 7,
      slot: 2,
      supervision: undefined,
      nodeOptions: '--import ours',
      execArgv: ['--import', 'ours', '--inspect'],
    });
    assert.equal(parseMark(plan({}).env[WORKER_MARK])?.nodeOptions, null);
    assert.equal(parseMark(plan({ NODE_OPTIONS: '' }).env[WORKER_MARK])?.nodeOptions, '');
  });

  it("leaves out node:cluster's own mark, and a mark of ours that it finds", () => {
    const { env } = plan({ NODE_UNIQUE_ID: '3', [WORKER_MARK]: 'stale', OTHER: 'x' });
    assert.equal('NODE_UNIQUE_ID' in env, false);
    assert.equal(parseMark(env[WORKER_MARK])?.id, 1);
    assert.equal(env['OTHER'], 'x');
  });

  it('changes nothing that it was given', () => {
    const env = Object.freeze({ NODE_OPTIONS: '--import ours', NODE_UNIQUE_ID: '1' });
    const execArgv = Object.freeze(['--import', 'ours']);
    plan(env, execArgv);
  });

  it('keeps the worker able to see exactly what was asked for, whatever that is', () => {
    const anyArgs = fc.array(fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(anyArgs, anyArgs, fc.integer({ min: 1 }), (options, execArgv, id) => {
        const nodeOptions = joinNodeOptions(options);
        const { env } = plan({ NODE_OPTIONS: nodeOptions }, execArgv, id);
        assert.deepEqual(parseMark(env[WORKER_MARK]), {
          id,
          slot: 2,
          supervision: undefined,
          nodeOptions,
          execArgv,
        });
      }),
    );
  });
});

describe('parseMark', () => {
  const malformed: readonly (string | undefined)[] = [
    undefined,
    '',
    'yes',
    '{',
    'null',
    '[]',
    '1',
    '"x"',
    '{}',
    '{"id":0,"nodeOptions":null,"execArgv":[]}',
    '{"id":-1,"nodeOptions":null,"execArgv":[]}',
    '{"id":1.5,"nodeOptions":null,"execArgv":[]}',
    '{"id":"1","nodeOptions":null,"execArgv":[]}',
    '{"id":1,"execArgv":[]}',
    '{"id":1,"nodeOptions":5,"execArgv":[]}',
    '{"id":1,"nodeOptions":null}',
    '{"id":1,"nodeOptions":null,"execArgv":"x"}',
    '{"id":1,"nodeOptions":null,"execArgv":["a",1]}',
  ];
  for (const value of malformed) {
    it(`refuses ${value}`, () => assert.equal(parseMark(value), undefined));
  }

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (value) => void parseMark(value)));
  });
});
