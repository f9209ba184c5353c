import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';

import { written } from '../../src/cli/written.ts';

/** A pipe whose reader reads when a test says so. */
class Pipe extends Writable {
  readonly #waiting: ((error?: Error) => void)[] = [];
  read = 0;

  override _write(_chunk: unknown, _encoding: BufferEncoding, callback: (error?: Error) => void): void {
    this.#waiting.push(callback);
  }

  readOne(error?: Error): void {
    this.read += 1;
    this.#waiting.shift()?.(error);
  }
}

describe('written', () => {
  it('waits for nothing where all has left', async () => {
    await written([new Pipe()]);
  });

  it('waits until each stream has been read to its end', async () => {
    const [one, other] = [new Pipe(), new Pipe()];
    for (const pipe of [one, one, other]) pipe.write('text');
    let isOver = false;
    const over = written([one, other], 2 ** 30).then(() => (isOver = true));
    for (const pipe of [one, one, other]) {
      await new Promise((resolve) => setImmediate(resolve));
      assert(!isOver);
      pipe.readOne();
    }
    // What it waits for is written behind that.
    one.readOne();
    other.readOne();
    await over;
    assert.deepEqual([one.writableLength, other.writableLength], [0, 0]);
  });

  it('does not wait for a reader that has gone', async () => {
    const pipe = new Pipe();
    pipe.on('error', () => {});
    pipe.write('text');
    const over = written([pipe], 2 ** 30);
    pipe.readOne(new Error('EPIPE'));
    await over;
  });

  it('does not wait for ever for a reader that does not read', async () => {
    const pipe = new Pipe();
    pipe.write('text');
    await written([pipe], 1);
    assert.equal(pipe.read, 0);
  });
});
