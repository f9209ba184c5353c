import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import {
  envelope,
  isOurs,
  MESSAGE_CMD,
  parsePrimaryMessage,
  parseWorkerMessage,
} from '../../src/protocol/messages.ts';
import type { ListenQuery, PrimaryMessage, WorkerMessage } from '../../src/protocol/messages.ts';

const TICKET_KEYS = Buffer.alloc(48, 7).toString('base64');

const count = fc.nat();
const addressType = fc.constantFrom<ListenQuery['addressType']>(4, 6, -1, 'udp4', 'udp6');
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const anyQuery: fc.Arbitrary<ListenQuery> = fc.record(
  {
    address: fc.option<string>(fc.string({ minLength: 1 })),
    port: fc.option(fc.integer({ min: -1, max: 65_535 })),
    addressType,
    index: count,
    fd: maybe(fc.option(fc.integer({ min: -1, max: 2 ** 31 - 1 }))),
    flags: maybe(fc.option(fc.nat(255))),
    backlog: maybe(fc.integer()),
    readableAll: maybe(fc.boolean()),
    writableAll: maybe(fc.boolean()),
    aliasPath: maybe(fc.string()),
    ticketKeys: maybe(fc.constant(TICKET_KEYS)),
  },
  { requiredKeys: ['address', 'port', 'addressType', 'index'] },
);

const workerMessages: readonly fc.Arbitrary<WorkerMessage>[] = [
  fc.record({ act: fc.constantFrom('online', 'exitedAfterDisconnect', 'disconnect') }),
  fc
    .tuple(fc.record({ act: fc.constant('queryServer'), seq: count }), anyQuery)
    .map(([asked, query]) => ({ ...asked, ...query })),
  fc.record(
    {
      act: fc.constant('listening'),
      address: fc.option<string>(fc.string()),
      port: fc.integer({ min: -1, max: 65_535 }),
      addressType,
      fd: fc.nat(),
    },
    { requiredKeys: ['act', 'address', 'port', 'addressType'] },
  ),
  fc.record({ act: fc.constantFrom('close', 'room'), listener: count }),
  fc.record({ act: fc.constant('accepted'), ack: count }),
  fc.record({ act: fc.constant('settled'), upTo: count }),
  fc.record({ act: fc.constant('gone') }),
  fc.record({
    act: fc.constant('load'),
    closed: fc.integer(),
    open: count,
    delayMs: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
  }),
  fc.record({ act: fc.constant('hand-over'), listener: count, isKept: fc.boolean() }),
  fc.record({ act: fc.constant('refused'), ack: count, reason: fc.constantFrom('full', 'closed') }),
];

const anyName = fc.option(fc.record({ address: fc.string(), family: fc.string(), port: count }));
const ticketKeys = maybe(fc.constant(TICKET_KEYS));
type ListenResult = Extract<PrimaryMessage, { act: 'listening-on' }>['result'];
const anyResult: fc.Arbitrary<ListenResult> = fc.oneof(
  fc.record({ kind: fc.constant('error'), errno: fc.integer({ max: -1 }) }),
  fc.record({ kind: fc.constant('shared'), listener: count, ticketKeys, wantsLoad: fc.boolean() }),
  fc.record({
    kind: fc.constant('exact'),
    listener: count,
    name: anyName,
    ticketKeys,
    wantsLoad: fc.boolean(),
  }),
);
const primaryMessages: readonly fc.Arbitrary<PrimaryMessage>[] = [
  fc.record({ act: fc.constantFrom('disconnect', 'goodbye') }),
  fc.record({ act: fc.constant('settle'), upTo: count }),
  fc.record({ act: fc.constant('newconn'), seq: count, listener: count, isKept: maybe(fc.boolean()) }),
  fc.record({
    act: fc.constant('drain'),
    timeoutMs: count,
    idleGraceMs: count,
    handsOver: fc.boolean(),
  }),
  fc.record({ act: fc.constant('listening-on'), ack: count, result: anyResult }),
];

const ACTS = [
  'online',
  'queryServer',
  'listening',
  'close',
  'accepted',
  'settled',
  'gone',
  'settle',
  'refused',
  'hand-over',
  'drain',
  'room',
  'exitedAfterDisconnect',
  'disconnect',
  'listening-on',
  'newconn',
  'goodbye',
  '__proto__',
  'constructor',
];
const anyField = fc.oneof(
  fc.anything(),
  fc.constantFrom<unknown>('error', 'shared', 'exact', 0, 1, -1, 4, null),
);
const fields = (...names: string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(names.map((name) => [name, anyField])), { requiredKeys: [] });
/** Messages with the right names and arbitrary values, nested ones too. */
const nearlyValid = fc
  .tuple(
    fields('seq', 'query', 'listener', 'reason', 'address', 'port', 'addressType', 'fd', 'result'),
    fc.oneof(
      anyField,
      fields('address', 'port', 'addressType', 'fd', 'flags', 'backlog', 'index', 'ticketKeys'),
    ),
    fc.oneof(anyField, fields('kind', 'errno', 'listener', 'name', 'ticketKeys')),
    fc.constantFrom(...ACTS),
  )
  .map(([base, query, result, act]) => ({ ...base, query, result, act }));
const anyMessage: fc.Arbitrary<Record<string, unknown>> = fc.oneof(nearlyValid, fc.object());

describe('parseWorkerMessage', () => {
  it('gives every valid message back as it was sent', () => {
    fc.assert(fc.property(fc.oneof(...workerMessages), (sent) => survives(sent, parseWorkerMessage)));
  });

  it('never throws, and gives a valid message or nothing', () => {
    fc.assert(
      fc.property(anyMessage, (value) => isStable(value, parseWorkerMessage)),
      { numRuns: 2000 },
    );
  });

  it('reads no message that only the primary sends', () => {
    for (const act of ['listening-on', 'newconn', 'goodbye']) {
      assert.equal(parseWorkerMessage({ act, seq: 1, listener: 1 }), undefined);
    }
  });

  const query = { address: null, port: 0, addressType: 4, index: 0 };
  const malformed: readonly Record<string, unknown>[] = [
    {},
    { act: undefined },
    { act: 'nonsense' },
    { act: ['online'] },
    { act: 'close' },
    { act: 'close', listener: '1' },
    { act: 'close', listener: -1 },
    { act: 'close', listener: 1.5 },
    { act: 'close', listener: NaN },
    { act: 'room', listener: null },
    { act: 'accepted', ack: 2 ** 53 },
    { act: 'accepted', ack: {} },
    { act: 'refused', ack: 1 },
    { act: 'refused', ack: 1, reason: 'bored' },
    { act: 'refused', reason: 'full' },
    { act: 'listening', port: 1 },
    { act: 'listening', port: '1', addressType: 4 },
    { act: 'listening', port: NaN, addressType: 4 },
    { act: 'listening', port: 1, addressType: 'tcp' },
    { act: 'listening', port: 1, addressType: 4, fd: 'x' },
    { act: 'queryServer', seq: 1 },
    { act: 'queryServer', ...query },
    { act: 'queryServer', seq: 'x', ...query },
    ...[
      null,
      [],
      'x',
      { ...query, address: 5 },
      { ...query, address: '', addressType: -1 },
      { ...query, port: '80' },
      { ...query, port: -2 },
      { ...query, port: 65_536 },
      { ...query, port: 1e12 },
      { ...query, addressType: 'tcp4' },
      { ...query, addressType: undefined },
      { ...query, index: -1 },
      { ...query, index: undefined },
      { ...query, fd: '3' },
      { ...query, fd: 2 ** 31 },
      { ...query, flags: 0.5 },
      { ...query, flags: 2 ** 32 },
      { ...query, backlog: '511' },
      { ...query, readableAll: 1 },
      { ...query, writableAll: 'yes' },
      { ...query, ticketKeys: 48 },
      { ...query, ticketKeys: 'too short' },
    ].map((bad) => ({ act: 'queryServer', seq: 1, ...(bad as object) })),
  ];
  for (const value of malformed) {
    it(`refuses ${JSON.stringify(value)}`, () => assert.equal(parseWorkerMessage(value), undefined));
  }
});

describe('parsePrimaryMessage', () => {
  it('gives every valid message back as it was sent', () => {
    fc.assert(fc.property(fc.oneof(...primaryMessages), (sent) => survives(sent, parsePrimaryMessage)));
  });

  it('never throws, and gives a valid message or nothing', () => {
    fc.assert(
      fc.property(anyMessage, (value) => isStable(value, parsePrimaryMessage)),
      { numRuns: 2000 },
    );
  });

  it('reads no message that only a worker sends', () => {
    for (const act of ['online', 'queryServer', 'listening', 'close', 'accepted', 'refused', 'room']) {
      assert.equal(parsePrimaryMessage({ act, seq: 1, listener: 1, reason: 'full' }), undefined);
    }
  });

  const name = { address: '::', family: 'IPv6', port: 1 };
  const malformed: readonly Record<string, unknown>[] = [
    {},
    { act: 1 },
    { act: 'newconn', seq: 1 },
    { act: 'newconn', listener: 1 },
    { act: 'newconn', seq: -1, listener: 1 },
    { act: 'newconn', seq: 1, listener: '1' },
    { act: 'listening-on', ack: 1 },
    { act: 'listening-on', result: { kind: 'shared', listener: 1 } },
    ...[
      null,
      'shared',
      {},
      { kind: 'error' },
      { kind: 'error', errno: 0 },
      { kind: 'error', errno: 98 },
      { kind: 'error', errno: '-98' },
      { kind: 'shared' },
      { kind: 'shared', listener: -1 },
      { kind: 'shared', listener: 1, ticketKeys: 5 },
      { kind: 'shared', listener: 1, ticketKeys: '' },
      { kind: 'exact', listener: 1 },
      { kind: 'exact', listener: 1, name: 'x' },
      { kind: 'exact', listener: 1, name: { ...name, address: null } },
      { kind: 'exact', listener: 1, name: { ...name, family: 6 } },
      { kind: 'exact', listener: 1, name: { ...name, port: '1' } },
      { kind: 'other', listener: 1, name },
    ].map((result) => ({ act: 'listening-on', ack: 1, result })),
  ];
  for (const value of malformed) {
    it(`refuses ${JSON.stringify(value)}`, () => assert.equal(parsePrimaryMessage(value), undefined));
  }
});

describe('isOurs', () => {
  it('holds for what envelope makes, and for nothing else', () => {
    assert(isOurs(envelope({ act: 'online' })));
    for (const value of [null, undefined, 1, 'NODE_CLUSTER', [], {}, { cmd: 'NODE_OTHER' }, { cmd: null }]) {
      assert.equal(isOurs(value), false);
    }
  });
});

describe('envelope', () => {
  it('marks a message such that Node keeps it to itself', () => {
    assert.match(MESSAGE_CMD, /^NODE_/);
    assert.deepEqual(envelope({ act: 'online' }), { cmd: MESSAGE_CMD, act: 'online' });
  });
});

type Parse = (value: Record<string, unknown>) => object | undefined;

/** Through the envelope and JSON, as on the channel; JSON leaves out what is undefined. */
function survives(sent: object, parse: Parse): void {
  const received: unknown = JSON.parse(JSON.stringify(envelope(sent)));
  assert(isOurs(received));
  assert.deepEqual(plain(parse(received)), plain(sent));
}

function isStable(value: Record<string, unknown>, parse: Parse): void {
  const message = parse(value);
  if (message === undefined) return;
  const again: unknown = JSON.parse(JSON.stringify(message));
  assert.deepEqual(plain(parse(again as Record<string, unknown>)), plain(message));
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
