import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import type { WorkerOutput } from '../../src/api/supervisor.ts';
import { StreamTarget } from '../../src/supervisor/output-target.ts';

/** Takes ten bytes, and then nothing until it is told to. */
class SlowStream extends Writable {
  readonly written: string[] = [];
  #done: ((error?: Error) => void) | undefined;

  constructor() {
    super({ highWaterMark: 10 });
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.written.push(chunk.toString());
    this.#done = done;
  }

  go(error?: Error): void {
    this.#done?.(error);
  }
}

const LINE: WorkerOutput = { slot: 1, pid: 7, generation: 0, stream: 'stdout', line: 'a line of text' };

describe('StreamTarget', () => {
  it('writes lines to the same stream', () => {
    const [stdout, stderr] = [new SlowStream(), new SlowStream()];
    const target = new StreamTarget({ stdout, stderr }, undefined);
    target.onLine(LINE);
    target.onLine({ ...LINE, stream: 'stderr', line: 'x' });
    assert.deepEqual([stdout.written, stderr.written], [['a line of text\n'], ['x\n']]);
  });

  it('gives them to a callback instead, where there is one', () => {
    const [stdout, stderr] = [new SlowStream(), new SlowStream()];
    const lines: WorkerOutput[] = [];
    const target = new StreamTarget({ stdout, stderr }, (line) => lines.push(line));
    target.onLine(LINE);
    assert.deepEqual([stdout.written, lines], [[], [LINE]]);
  });

  it('is congested while one of the streams is, and calls back everyone after it', async () => {
    const [stdout, stderr] = [new SlowStream(), new SlowStream()];
    const target = new StreamTarget({ stdout, stderr }, undefined);
    assert.equal(target.isCongested(), false);
    target.onLine(LINE);
    target.onLine({ ...LINE, stream: 'stderr' });
    assert(target.isCongested());
    let called = 0;
    for (let reader = 0; reader < 20; reader += 1) target.onceDrained(() => (called += 1));
    assert.equal(stdout.listenerCount('drain'), 1);
    stdout.go();
    await turn();
    assert.equal(called, 0);
    stderr.go();
    await turn();
    assert.equal(called, 20);
    assert.deepEqual(
      [stdout, stderr].map((stream) => stream.listenerCount('drain')),
      [0, 0],
    );
    target.onceDrained(() => (called += 1));
    assert.equal(called, 21);
  });

  it('is not congested by a stream whose reader has gone, whatever that says', () => {
    const stream = new SlowStream();
    Object.defineProperty(stream, 'writableNeedDrain', { value: true });
    const target = new StreamTarget({ stdout: stream, stderr: stream }, undefined);
    let isCalled = false;
    target.onceDrained(() => (isCalled = true));
    assert.deepEqual([target.isCongested(), isCalled], [true, false]);
    stream.emit('close');
    assert.deepEqual([target.isCongested(), isCalled], [false, true]);
  });

  it('is not congested for ever by a stream that fails', async () => {
    const stream = new SlowStream().on('error', () => {});
    const target = new StreamTarget({ stdout: stream, stderr: stream }, undefined);
    target.onLine(LINE);
    let isCalled = false;
    target.onceDrained(() => (isCalled = true));
    stream.go(new Error('EPIPE'));
    await turn();
    assert(isCalled);
    target.onLine(LINE);
    assert.equal(target.isCongested(), false);
  });
});
