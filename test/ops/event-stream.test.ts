import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';

import { EventStream } from '../../src/ops/event-stream.ts';
import type { Sample } from '../../src/ops/sample.ts';
import { sampleOf } from '../page/fake-instance.ts';

/** A viewer who has read nothing yet. */
class Unread extends Writable {
  readonly req = { socket: new EventEmitter() };

  constructor() {
    super({ write: () => {} });
  }

  writeHead(): void {}

  get response(): ServerResponse {
    return this as unknown as ServerResponse;
  }
}

const LONG: Sample = sampleOf({ status: { exec: 'x'.repeat(2 ** 20) } });

describe('EventStream', () => {
  it('lets a sample wait for its viewer, however long it is, and not much more', () => {
    const stream = new EventStream({ maxViewers: 1, onViewer: () => {} });
    const viewer = new Unread();
    stream.open(viewer.response, false);
    stream.sample(LONG);
    stream.event({ type: 'stopping', atMs: 1 });
    assert(!viewer.destroyed, 'it was dropped for one sample');
    stream.sample(LONG);
    stream.event({ type: 'stopping', atMs: 2 });
    assert(viewer.destroyed, 'it reads nothing, and two samples wait for it');
  });

  it('tells of workers by the last sample alone', () => {
    const stream = new EventStream({ maxViewers: 1, onViewer: () => {} });
    const sample = sampleOf();
    for (let second = 1; second <= 2; second += 1) stream.sample({ ...sample, atMs: second });
    const viewer = new Unread();
    const written: string[] = [];
    viewer.write = (text: unknown) => written.push(String(text)) > 0;
    stream.open(viewer.response, false);
    const [, json = ''] = /^event: history\ndata: (.*)\n\n$/.exec(written[0] ?? '') ?? [];
    const { samples } = JSON.parse(json) as { samples: Sample[] };
    assert.deepEqual(
      samples.map(({ atMs, slots, status }) => [atMs, slots.length, status.workers.length]),
      [
        [1, 4, 0],
        [2, 4, 4],
      ],
    );
  });
});
