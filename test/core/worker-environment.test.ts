import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { joinNodeOptions, splitNodeOptions } from '../../src/core/node-options.ts';
import { VERSION } from '../../src/core/version.ts';
import { planFork } from '../../src/core/worker-environment.ts';
import { parseMark, WORKER_MARK } from '../../src/core/worker-mark.ts';
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

function optionsOf(value: unknown): unknown {
  return plan({ NODE_OPTIONS: value as string }).env['NODE_OPTIONS'];
}

describe('planFork', () => {
  it('preloads the boot file by the first argument', () => {
    const { env, execArgv } = plan({}, ['--inspect', '--require', 'x']);
    assert.deepEqual(execArgv, ['--require', BOOT, '--inspect', '--require', 'x']);
    assert.equal('NODE_OPTIONS' in env, false);
  });

  it('leaves NODE_OPTIONS that preload nothing as they are', () => {
    for (const NODE_OPTIONS of ['', '--no-warnings  --title="a b"', '--import x']) {
      assert.equal(plan({ NODE_OPTIONS }).env['NODE_OPTIONS'], NODE_OPTIONS);
    }
  });

  for (const [given, expected] of [
    ['--require "a b.js" --import=c', ['--require', BOOT, '--require', 'a b.js', '--import=c']],
    ['--title=x -r a', ['--require', BOOT, '--title=x', '-r', 'a']],
    ['--require=a', ['--require', BOOT, '--require=a']],
    [
      '--require /app/.pnp.cjs --import=/app/.pnp.loader.mjs -r a',
      ['--require', '/app/.pnp.cjs', '--require', BOOT, '--import=/app/.pnp.loader.mjs', '-r', 'a'],
    ],
    ['-r b --require=/app/.pnp.js', ['-r', 'b', '--require=/app/.pnp.js', '--require', BOOT]],
  ] as const) {
    it(`has the boot file before what NODE_OPTIONS preload: ${given}`, () => {
      assert.deepEqual(splitNodeOptions(plan({ NODE_OPTIONS: given }).env['NODE_OPTIONS'] ?? ''), expected);
    });
  }

  it('takes the register preload out of NODE_OPTIONS and of the arguments', () => {
    const { env, execArgv } = plan({ NODE_OPTIONS: '--import ours --no-warnings' }, [
      '--import=ours',
      '--inspect',
    ]);
    assert.equal(env['NODE_OPTIONS'], '--no-warnings');
    assert.deepEqual(execArgv, ['--require', BOOT, '--inspect']);
  });

  it('turns NODE_OPTIONS into text as child_process does', () => {
    assert.equal(optionsOf(true), 'true');
    assert.equal(optionsOf(['--no-warnings', '--title=x']), '--no-warnings,--title=x');
    assert.equal(optionsOf(null), 'null');
    assert.equal(optionsOf(undefined), undefined);
  });

  it('remembers what the worker is to see', () => {
    const { env } = plan({ NODE_OPTIONS: '--import ours' }, ['--import', 'ours', '--inspect'], 7);
    assert.deepEqual(parseMark(env[WORKER_MARK]), {
      id: 7,
      slot: 2,
      version: VERSION,
      supervision: undefined,
      hasFleet: undefined,
      bootsItself: false,
      nodeOptions: '--import ours',
      execArgv: ['--import', 'ours', '--inspect'],
    });
    assert.equal(parseMark(plan({}).env[WORKER_MARK])?.nodeOptions, undefined);
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
        const mark = parseMark(env[WORKER_MARK]);
        assert.deepEqual(mark?.execArgv, execArgv);
        assert.equal(mark.nodeOptions ?? env['NODE_OPTIONS'], nodeOptions);
      }),
    );
  });
});

describe('parseMark', () => {
  const wellFormed = { id: 1, slot: 0, version: VERSION, bootsItself: false, execArgv: [] };
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
    ...[
      { id: 0 },
      { id: -1 },
      { id: 1.5 },
      { id: '1' },
      { slot: undefined },
      { version: undefined },
      { version: 1 },
      { bootsItself: 'yes' },
      { hasFleet: 1 },
      { nodeOptions: 5 },
      { execArgv: undefined },
      { execArgv: 'x' },
      { execArgv: ['a', 1] },
    ].map((wrong) => JSON.stringify({ ...wellFormed, ...wrong })),
  ];
  it('takes what is well-formed', () => assert.equal(parseMark(JSON.stringify(wellFormed))?.id, 1));

  for (const value of malformed) {
    it(`refuses ${value}`, () => assert.equal(parseMark(value), undefined));
  }

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (value) => void parseMark(value)));
  });
});
