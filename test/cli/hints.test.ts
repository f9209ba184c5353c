import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';

import { hasOwnPrimary } from '../../src/cli/own-primary.ts';
import { limitMs } from '../support/limits.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { endOf, programFile, saidIn, startCommand } from './command.ts';

const LIVES_ON = `setInterval(() => {}, 1000); console.log('at work');`;

describe('a program that never listens', { concurrency: 2 }, () => {
  it('is said to run, and how it is started, before its time to listen is over', async (t) => {
    const file = path.join(makeFolder(t, { 'queue.cjs': LIVES_ON }), 'queue.cjs');
    const timeout = String(limitMs(4000));
    const program = startCommand(t, ['start', file, '-w', '2', '--ready-timeout', timeout]);
    await program.waitFor(
      /running, and nothing listens yet; .* grappolo start \S+queue\.cjs --ready online\n/,
    );
    program.child.kill('SIGTERM');
    const { code, stdout } = await endOf(program);
    assert.equal(code, 0);
    assert.equal(saidIn(stdout).filter((line) => line.startsWith('running')).length, 1);
  });

  it('is ready when it runs, where that is asked for, and told of no listening', async (t) => {
    const file = path.join(makeFolder(t, { 'queue.cjs': LIVES_ON }), 'queue.cjs');
    const args = ['start', file, '-w', '1', '--ready', 'online'];
    const program = startCommand(t, args);
    await program.waitFor(/ready, 1 worker\n/);
    program.child.kill('SIGTERM');
    assert.doesNotMatch((await endOf(program)).stdout, /nothing listens/);
  });
});

describe('hasOwnPrimary', () => {
  for (const [source, isOne] of [
    [`import cluster from 'node:cluster'; if (cluster.isPrimary) cluster.fork();`, true],
    [`const { isMaster, fork } = require("cluster");\nif (isMaster) { fork (); }`, true],
    [`import cluster from 'grappolo'; if (cluster.isPrimary) for (;;) cluster.fork(env)`, true],
    [`const cluster = require('cluster'); if (cluster.isPrimary) collect();`, false],
    [`const { fork } = require('child_process'); fork('x.js'); log(cluster.isPrimary)`, false],
    [`// cluster.isPrimary: require('cluster').fork()\nserve();`, false],
    [`/* if (cluster.isPrimary) */ require('cluster').worker.fork()`, false],
    ['', false],
  ] as const) {
    it(`says ${isOne} of ${JSON.stringify(source)}`, () => assert.equal(hasOwnPrimary(source), isOne));
  }
});

describe('a program with a primary of its own', { concurrency: 2 }, () => {
  it('is told once that this does not run, and what runs it', async (t) => {
    const program = startCommand(t, ['start', programFile('forks.cjs'), '-w', '2']);
    await program.waitFor(/ready, 2 workers\n/);
    program.child.kill('SIGTERM');
    const { code, stdout, stderr } = await endOf(program);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const told = saidIn(stdout).filter((line) => /forks workers in a primary of its own/.test(line));
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', /node --import grappolo\/register \S+forks\.cjs$/);
  });

  it('is not suspected where it has none', async (t) => {
    const program = startCommand(t, ['start', programFile('server.cjs'), '-w', '1']);
    await program.waitFor(/ready, 1 worker\n/);
    program.child.kill('SIGTERM');
    assert.doesNotMatch((await endOf(program)).stdout, /primary of its own/);
  });
});
