import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { PIECE_BYTES, rawBody, streamAfter } from '../../../src/together/frames.ts';
import { IncomingReader } from '../../../src/together/incoming.ts';
import { MESSAGE_BYTES, Outbox } from '../../../src/together/outbox.ts';
import type { Stream } from '../../../src/together/outbox.ts';
import { memoryWays } from '../../../src/together/way.ts';
import { until } from '../../support/load.ts';
import { PlayedWay } from './played-way.ts';

const bytesOf = (length: number): Buffer => Buffer.alloc(length, 1);
const raw = (bytes: Buffer): { isJson: boolean; bytes: Buffer } => ({ isJson: false, bytes });

function opened(room?: number): { readonly outbox: Outbox; readonly way: PlayedWay } {
  const outbox = new Outbox();
  const way = new PlayedWay(room);
  outbox.open(way);
  return { outbox, way };
}

const headersOf = (way: PlayedWay): string[] => way.messages.map(({ header }) => header);

/** What a program may do to an outbox. */
type Step =
  | { readonly do: 'send'; readonly key: string; readonly bytes: number; readonly isDroppable: boolean }
  | { readonly do: 'begin'; readonly key: string; readonly bytes: number; readonly isDroppable: boolean }
  | { readonly do: 'push'; readonly bytes: number; readonly isLast: boolean }
  | { readonly do: 'abort' }
  | { readonly do: 'room'; readonly frames: number };

const keys = fc.constantFrom('a', 'b', 'c');
const sizes = fc.oneof(fc.nat(100), fc.nat(3 * PIECE_BYTES));
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: sent('send') },
  sent('begin'),
  fc.record({ do: fc.constant('push' as const), bytes: sizes, isLast: fc.boolean() }),
  fc.constant({ do: 'abort' as const }),
  fc.record({ do: fc.constant('room' as const), frames: fc.integer({ min: 1, max: 5 }) }),
);

function sent<T extends 'send' | 'begin'>(what: T): fc.Arbitrary<Extract<Step, { do: 'send' | 'begin' }>> {
  return fc.record({
    do: fc.constant(what),
    key: keys,
    bytes: sizes,
    isDroppable: fc.boolean(),
  }) as fc.Arbitrary<Extract<Step, { do: 'send' | 'begin' }>>;
}

/** A message as the test keeps it. */
interface Kept {
  readonly header: string;
  readonly key: string;
  body: string;
  state: 'open' | 'whole' | 'aborted' | 'dropped';
}

/** Does all steps, then ends all streams and gives room to everything. */
function play(outbox: Outbox, way: PlayedWay, script: readonly Step[], openAt: number): Kept[] {
  const all: Kept[] = [];
  const streams: { readonly kept: Kept; readonly stream: Stream }[] = [];
  const textOf = (bytes: number): string => String.fromCharCode(97 + (all.length % 26)).repeat(bytes);
  const keep = (key: string, body: string): Kept => {
    const kept: Kept = { header: `{"n":${all.length}}`, key, body, state: 'open' };
    all.push(kept);
    return kept;
  };
  const optionsOf = (kept: Kept, isDroppable: boolean): object =>
    isDroppable ? { key: kept.key, onDropped: () => (kept.state = 'dropped') } : { key: kept.key };
  for (const [at, step] of [...script, { do: 'room', frames: 1 } as const].entries()) {
    if (at === Math.min(openAt, script.length)) outbox.open(way);
    const open = streams.findLast(({ kept }) => kept.state === 'open');
    switch (step.do) {
      case 'send': {
        const kept = keep(step.key, textOf(step.bytes));
        kept.state = 'whole';
        outbox.send(kept.header, raw(Buffer.from(kept.body)), optionsOf(kept, step.isDroppable));
        break;
      }
      case 'begin': {
        const kept = keep(step.key, textOf(step.bytes));
        const first = raw(Buffer.from(kept.body));
        streams.push({ kept, stream: outbox.begin(kept.header, first, optionsOf(kept, step.isDroppable)) });
        break;
      }
      case 'push': {
        if (!open) break;
        const text = textOf(step.bytes);
        open.kept.body += text;
        if (step.isLast) open.kept.state = 'whole';
        open.stream.push(Buffer.from(text), step.isLast);
        break;
      }
      case 'abort':
        if (open) open.kept.state = 'aborted';
        open?.stream.abort();
        break;
      case 'room':
        way.giveRoom(step.frames);
        break;
      default:
        step satisfies never;
    }
  }
  for (const { kept, stream } of streams) {
    if (kept.state !== 'open') continue;
    kept.state = 'whole';
    stream.push(Buffer.alloc(0), true);
  }
  way.giveRoom(1e6);
  return all;
}

describe('Outbox', () => {
  it('loses nothing that may not be dropped, keeps the order of each key, and writes only where there is room', () => {
    const script = fc.array(steps, { maxLength: 40 });
    const limits = fc.record({ maxDroppableBytes: fc.integer({ min: 1, max: 4 * MESSAGE_BYTES }) });
    fc.assert(
      fc.property(script, fc.nat(4), fc.nat(40), limits, (played, room, openAt, options) => {
        const outbox = new Outbox(options);
        const way = new PlayedWay(room);
        // `open` means that there is room.
        if (room === 0) way.giveRoom(1);
        const all = play(outbox, way, played, openAt);
        const whole = all.filter(({ state }) => state === 'whole');
        for (const key of ['a', 'b', 'c']) {
          const expected = whole.filter((kept) => kept.key === key);
          const arrived = way.messages.filter(
            ({ header }) => all.find((kept) => kept.header === header)?.key === key,
          );
          assert.deepEqual(
            arrived,
            expected.map(({ header, body }) => ({ header, body })),
          );
        }
        for (const { header, state } of all) {
          const frames = way.written.filter((frame) => frame.header === header);
          if (state === 'dropped') assert.equal(frames.length, 0);
          if (state === 'aborted' && frames.length > 0) assert.equal(frames.at(-1)?.isAborted, true);
          for (const { bytes } of frames) assert.ok(bytes.length <= PIECE_BYTES);
        }
        assert.equal(outbox.waitingBytes, 0);
      }),
      { numRuns: 300 },
    );
  });

  it('writes at once what there is room for, and nothing where there is none', () => {
    const { outbox, way } = opened(2);
    for (const n of [1, 2, 3, 4]) outbox.send(`{"n":${n}}`, 'true');
    assert.deepEqual(headersOf(way), ['{"n":1}', '{"n":2}']);
    assert.equal(outbox.waitingBytes, 8 + 2 * MESSAGE_BYTES);
    way.giveRoom(1);
    assert.deepEqual(headersOf(way), ['{"n":1}', '{"n":2}', '{"n":3}']);
    way.giveRoom(9);
    assert.equal(way.messages.length, 4);
    assert.equal(outbox.waitingBytes, 0);
  });

  it('does not hold up a small message of another key by more than a frame of a large one', () => {
    const { outbox, way } = opened(3);
    outbox.send('{"large":1}', raw(bytesOf(10 * 2 ** 20)), { key: 'large' });
    outbox.send('{"small":1}', 'true', { key: 'small' });
    way.giveRoom(2);
    const places = way.written.map(({ header }) => header);
    assert.equal(places.lastIndexOf('{"small":1}'), 4);
    assert.ok(places.slice(0, 3).every((header) => header === '{"large":1}'));
    way.giveRoom(1000);
    assert.equal(way.messages.length, 2);
  });

  it('cuts a large text into pieces, between which others pass, and counts it as long as it waits', () => {
    const { outbox, way } = opened(2);
    const text = JSON.stringify('a€𝒳'.repeat(50_000));
    const bytes = Buffer.byteLength(text);
    outbox.send('{"large":1}', text, { key: 'large' });
    outbox.send('{"large":2}', '2', { key: 'large' });
    outbox.send('{"small":1}', 'true', { key: 'small' });
    assert.ok(way.written.every((frame) => frame.bytes.length <= PIECE_BYTES));
    assert.ok(outbox.waitingBytes > bytes - 2 * PIECE_BYTES && outbox.waitingBytes < bytes);
    way.giveRoom(1000);
    assert.deepEqual(headersOf(way), ['{"small":1}', '{"large":1}', '{"large":2}']);
    assert.equal(way.messages[1]?.body, text);
    assert.equal(outbox.waitingBytes, 0);
  });

  it('sends texts of any length whole and in order, also on to another, within a process or not', async () => {
    const lengths = fc.array(fc.nat(3 * PIECE_BYTES), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(lengths, fc.constantFrom('a', 'é', '€', '𝒳'), async (all, character) => {
        const texts = all.map((length, n) => JSON.stringify(character.repeat(length) + n));
        const [one, other] = memoryWays();
        const arrived: string[] = [];
        const onward = opened();
        const reader = new IncomingReader(
          (incoming) => {
            if (incoming.header.get('on') === 1) incoming.forward([onward.outbox], '{}', {});
            else incoming.whole((body) => arrived.push(rawBody(body).bytes.toString()));
          },
          () => assert.fail('garbage'),
        );
        other.onFrame = (frame) => reader.take(frame);
        const outbox = new Outbox();
        outbox.open(one);
        for (const text of texts) {
          outbox.send('{"on":0}', text);
          outbox.send('{"on":1}', text);
        }
        outbox.send('{"on":0}', '"the end"');
        await until('the last has come', () => arrived.at(-1) === '"the end"');
        assert.deepEqual(arrived, [...texts, '"the end"']);
        assert.deepEqual(
          onward.way.messages.map(({ body }) => body),
          texts,
        );
        one.close();
      }),
      { numRuns: 40 },
    );
  });

  it('sends a text that is longer than a frame may be', () => {
    const { outbox, way } = opened();
    const text = JSON.stringify('x'.repeat(17 * 2 ** 20));
    outbox.send('{"n":1}', text);
    assert.ok(way.messages[0]?.body === text);
  });

  it('lets keys take turns, a frame each', () => {
    const { outbox, way } = opened(1);
    outbox.send('{"full":1}');
    for (const key of ['a', 'b', 'c']) outbox.send(`{"${key}":1}`, raw(bytesOf(4 * PIECE_BYTES)), { key });
    way.giveRoom(1000);
    const turns = way.written.slice(1).map(({ header }) => header[2]);
    assert.equal(turns.join(''), 'abcabcabcabc');
  });

  it('does not let a message pass whose pieces are still to come, but of other keys', () => {
    const { outbox, way } = opened();
    const stream = outbox.begin('{"s":1}', raw(bytesOf(10)), { key: 'a' });
    outbox.send('{"a":1}', undefined, { key: 'a' });
    outbox.send('{"b":1}', undefined, { key: 'b' });
    assert.deepEqual(headersOf(way), ['{"b":1}']);
    stream.push(bytesOf(10), true);
    assert.deepEqual(headersOf(way), ['{"b":1}', '{"s":1}', '{"a":1}']);
  });

  it('keeps what it is given: it may be overwritten as soon as it is sent', () => {
    const { outbox, way } = opened(1);
    outbox.send('{"full":1}');
    const chunk = Buffer.from('abc');
    outbox.send('{"n":1}', raw(chunk));
    const stream = outbox.begin('{"n":2}', raw(chunk));
    stream.push(chunk, true);
    chunk.fill('x');
    way.giveRoom(100);
    assert.deepEqual(
      way.messages.slice(1).map(({ body }) => body),
      ['abc', 'abcabc'],
    );
  });

  it('gives each message a number of its own, which is never 0', () => {
    const { outbox, way } = opened();
    for (let n = 0; n < 5; n += 1) outbox.send('{}');
    assert.deepEqual(
      way.written.map(({ stream }) => stream),
      [1, 2, 3, 4, 5],
    );
    assert.equal(streamAfter(2 ** 32 - 2), 2 ** 32 - 1);
    assert.equal(streamAfter(2 ** 32 - 1), 1);
  });

  it('keeps all that was sent before there is a way', () => {
    const outbox = new Outbox();
    for (const n of [1, 2, 3]) outbox.send(`{"n":${n}}`);
    const way = new PlayedWay();
    outbox.open(way);
    assert.deepEqual(headersOf(way), ['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it('sends what is after all when all has left that was sent before, and nothing else waits for that', () => {
    const { outbox, way } = opened(1);
    outbox.send('{"large":1}', raw(bytesOf(5 * PIECE_BYTES)), { key: 'a' });
    const stream = outbox.begin('{"s":1}', raw(bytesOf(10)), { key: 'b' });
    outbox.send('{"all":1}', undefined, { isAfterAll: true });
    outbox.send('{"all":2}', undefined, { isAfterAll: true });
    outbox.send('{"later":1}', undefined, { key: 'c' });
    way.giveRoom(100);
    assert.deepEqual(headersOf(way), ['{"later":1}', '{"large":1}']);
    stream.push(bytesOf(10), true);
    assert.deepEqual(headersOf(way).slice(2), ['{"s":1}', '{"all":1}', '{"all":2}']);
  });

  it('sends what is after all when what was before is dropped, or aborted before it began', () => {
    for (const how of ['dropped', 'aborted']) {
      const outbox = new Outbox({ maxDroppableBytes: 1 });
      const way = new PlayedWay(1);
      outbox.open(way);
      outbox.send('{"full":1}');
      const options = { key: 'a', onDropped: () => {} };
      const stream = outbox.begin('{"s":1}', raw(bytesOf(0)), options);
      outbox.send('{"all":1}', undefined, { isAfterAll: true });
      outbox.send('{"turn":1}', undefined, { key: 'b' });
      if (how === 'aborted') stream.abort();
      else outbox.send('{"more":1}', undefined, { key: 'a', onDropped: () => {} });
      way.giveRoom(100);
      assert.ok(headersOf(way).includes('{"all":1}'), how);
      assert.ok(!headersOf(way).includes('{"s":1}'), how);
    }
  });

  it('sends nothing after it was closed, and holds nothing', () => {
    const { outbox, way } = opened(1);
    outbox.send('{"n":1}');
    outbox.send('{"n":2}', 'true');
    const stream = outbox.begin('{"n":3}', raw(bytesOf(5)));
    outbox.close();
    stream.push(bytesOf(5), true);
    stream.abort();
    outbox.send('{"n":4}', 'true');
    way.giveRoom(10);
    assert.deepEqual(headersOf(way), ['{"n":1}']);
    assert.equal(outbox.waitingBytes, 0);
  });
});

/** Sends messages of so many bytes where there is no room, and gives which were dropped, and the rest. */
function fill(
  options: { maxDroppableBytes?: number },
  sizesOf: readonly number[],
): { dropped: number[]; left: number[] } {
  const outbox = new Outbox(options);
  const way = new PlayedWay();
  const dropped: number[] = [];
  sizesOf.forEach((bytes, n) =>
    outbox.send(`{"n":${n}}`, raw(bytesOf(bytes)), {
      key: String(n % 3),
      onDropped: () => dropped.push(n),
    }),
  );
  outbox.open(way);
  return { dropped, left: way.messages.map(({ header }) => (JSON.parse(header) as { n: number }).n) };
}

describe('Outbox, of what may be dropped', () => {
  it('drops the oldest until the rest is within the bounds, and never the newest', () => {
    const bounds = fc.record({ maxDroppableBytes: fc.integer({ min: 1, max: 8 * MESSAGE_BYTES }) });
    fc.assert(
      fc.property(bounds, fc.array(fc.nat(600), { minLength: 1, maxLength: 20 }), (options, all) => {
        const { dropped, left } = fill(options, all);
        // The plainest model there is.
        const kept: number[] = [];
        all.forEach((_, n) => {
          kept.push(n);
          const isMuch = (): boolean =>
            kept.reduce((sum, i) => sum + MESSAGE_BYTES + (all[i] ?? 0), 0) > options.maxDroppableBytes;
          while (kept.length > 1 && isMuch()) kept.shift();
        });
        assert.deepEqual(
          left.toSorted((a, b) => a - b),
          kept,
        );
        assert.deepEqual(
          dropped,
          all.map((_, n) => n).filter((n) => !kept.includes(n)),
        );
      }),
    );
  });

  it('keeps 16 MiB by default, of which each message takes some by itself', () => {
    assert.deepEqual(fill({}, Array<number>(16).fill(2 ** 20)).dropped, [0]);
    assert.equal(fill({}, Array<number>(32_773).fill(0)).dropped.length, 5);
  });

  it('drops none that may not be dropped, and none that has begun to leave', () => {
    const outbox = new Outbox({ maxDroppableBytes: 1 });
    const way = new PlayedWay(1);
    outbox.open(way);
    const dropped: string[] = [];
    const send = (name: string, key: string): void =>
      outbox.send(`{"${name}":1}`, raw(bytesOf(2 * PIECE_BYTES)), {
        key,
        onDropped: () => dropped.push(name),
      });
    send('begun', 'a');
    outbox.send('{"firm":1}', raw(bytesOf(PIECE_BYTES)), { key: 'b' });
    for (const name of ['one', 'two', 'three']) send(name, 'c');
    assert.deepEqual(dropped, ['one', 'two']);
    way.giveRoom(100);
    assert.deepEqual(headersOf(way).toSorted(), ['{"begun":1}', '{"firm":1}', '{"three":1}']);
    assert.equal(outbox.waitingBytes, 0);
  });

  it('counts what comes later of a message, and drops that whole', () => {
    const outbox = new Outbox({ maxDroppableBytes: 2 * MESSAGE_BYTES + 100 });
    let drops = 0;
    const stream = outbox.begin('{"s":1}', raw(bytesOf(10)), { onDropped: () => (drops += 1) });
    outbox.send('{"n":1}', raw(bytesOf(50)), { onDropped: () => assert.fail('the newest') });
    assert.equal(drops, 0);
    stream.push(bytesOf(50), false);
    assert.equal(drops, 1);
    stream.push(bytesOf(50), true);
    assert.equal(outbox.waitingBytes, 50 + MESSAGE_BYTES);
    const way = new PlayedWay();
    outbox.open(way);
    assert.deepEqual(headersOf(way), ['{"n":1}']);
  });

  it('may be sent to while it drops', () => {
    const outbox = new Outbox({ maxDroppableBytes: 2 * MESSAGE_BYTES });
    let more = 3;
    const onDropped = (): void => {
      if ((more -= 1) >= 0) outbox.send(`{"more":${more}}`, undefined, { onDropped });
    };
    for (const n of [1, 2, 3]) outbox.send(`{"n":${n}}`, undefined, { onDropped });
    const way = new PlayedWay();
    outbox.open(way);
    assert.deepEqual(headersOf(way), ['{"more":1}', '{"more":0}']);
  });
});

describe('Outbox, where a message is aborted', () => {
  it('sends nothing of it before its first frame has left', () => {
    const { outbox, way } = opened(1);
    outbox.send('{"full":1}');
    const stream = outbox.begin('{"s":1}', raw(bytesOf(100)), { key: 'a' });
    outbox.send('{"a":1}', undefined, { key: 'a' });
    stream.abort();
    way.giveRoom(10);
    assert.deepEqual(
      way.written.map(({ header }) => header),
      ['{"full":1}', '{"a":1}'],
    );
    assert.equal(outbox.waitingBytes, 0);
  });

  it('says so after its first frame, and sends none of what waited of it', () => {
    const { outbox, way } = opened(1);
    const stream = outbox.begin('{"s":1}', raw(bytesOf(3 * PIECE_BYTES)), { key: 'a' });
    outbox.send('{"a":1}', undefined, { key: 'a' });
    stream.abort();
    stream.push(bytesOf(100), true);
    way.giveRoom(10);
    assert.deepEqual(
      way.written.map(({ header, isAborted, isLast }) => ({ header, isAborted, isLast })),
      [
        { header: '{"s":1}', isAborted: false, isLast: false },
        { header: '{"s":1}', isAborted: true, isLast: true },
        { header: '{"a":1}', isAborted: false, isLast: true },
      ],
    );
    assert.equal(outbox.waitingBytes, 0);
  });
});
