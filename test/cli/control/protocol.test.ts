import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { parseLine, parseRequest, requestLine } from '../../../src/cli/control/protocol.ts';
import type { ControlRequest } from '../../../src/cli/control/protocol.ts';

const REQUESTS: readonly ControlRequest[] = [
  { command: 'status' },
  { command: 'workers' },
  { command: 'reload' },
  { command: 'scale', workers: 3 },
  { command: 'replace', slot: 0 },
  { command: 'stop' },
  { command: 'report', isWhole: false },
  { command: 'report', isWhole: true },
  { command: 'fleet' },
  { command: 'watch' },
];

const REFUSED: readonly (readonly [line: string, reason: string])[] = [
  ['', 'it is not a JSON object'],
  ['GET / HTTP/1.1', 'it is not a JSON object'],
  ['[]', 'it is not a JSON object'],
  ['null', 'it is not a JSON object'],
  ['{}', 'its version must be 1, not absent'],
  ['{"version":2,"command":"status"}', 'its version must be 1, not 2'],
  ['{"version":"1","command":"status"}', 'its version must be 1, not "1"'],
  [
    '{"version":1}',
    'its command must be one of status, workers, reload, scale, replace, stop, report, fleet, watch, not absent',
  ],
  [
    '{"version":1,"command":"kill"}',
    'its command must be one of status, workers, reload, scale, replace, stop, report, fleet, watch, not "kill"',
  ],
  [
    '{"version":1,"command":["stop"]}',
    'its command must be one of status, workers, reload, scale, replace, stop, report, fleet, watch, not ["stop"]',
  ],
  ['{"version":1,"command":"stop","now":1}', 'it has an unknown key "now"'],
  ['{"version":1,"command":"stop","workers":1}', 'workers is for scale only'],
  ['{"version":1,"command":"scale"}', 'workers must be a whole number from 1, not absent'],
  ['{"version":1,"command":"scale","workers":"3"}', 'workers must be a whole number from 1, not "3"'],
  ['{"version":1,"command":"scale","workers":0}', 'workers must be a whole number from 1, not 0'],
  ['{"version":1,"command":"scale","workers":1.5}', 'workers must be a whole number from 1, not 1.5'],
  ['{"version":1,"command":"scale","workers":1e400}', 'workers must be a whole number from 1, not null'],
  ['{"version":1,"command":"replace"}', 'slot must be a whole number from 0, not absent'],
  ['{"version":1,"command":"replace","slot":-1}', 'slot must be a whole number from 0, not -1'],
  ['{"version":1,"command":"report"}', 'isWhole must be true or false, not absent'],
  ['{"version":1,"command":"report","isWhole":1}', 'isWhole must be true or false, not 1'],
  ['{"version":1,"command":"report","isWhole":null}', 'isWhole must be true or false, not null'],
  ['{"version":1,"command":"status","isWhole":true}', 'isWhole is for report only'],
  ['{"version":1,"command":"report","isWhole":true,"slot":1}', 'slot is for replace only'],
  ['{"version":1,"command":"watch","isWhole":false}', 'isWhole is for report only'],
  ['{"version":1,"command":"watch","since":0}', 'it has an unknown key "since"'],
  [`{"version":"${'x'.repeat(99)}"}`, `its version must be 1, not "${'x'.repeat(59)}…`],
];

describe('parseRequest', () => {
  for (const request of REQUESTS) {
    it(`reads what requestLine() gives for ${JSON.stringify(request)}`, () => {
      const line = requestLine(request);
      assert(line.endsWith('}\n'));
      assert.deepEqual(parseRequest(line.slice(0, -1)), { kind: 'request', request });
    });
  }

  for (const [line, reason] of REFUSED) {
    it(`refuses ${line}`, () => assert.deepEqual(parseRequest(line), { kind: 'refused', reason }));
  }

  it('refuses anything else with one short line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        const parsed = parseRequest(line);
        assert(parsed.kind === 'refused' && parsed.reason.length < 200 && !parsed.reason.includes('\n'));
      }),
    );
  });
});

describe('parseLine', () => {
  it('reads events and answers', () => {
    for (const line of [
      { type: 'event', event: { type: 'stopping', atMs: 1 } },
      { type: 'done', status: { workers: [] } },
      { type: 'report', report: { status: {} } },
      { type: 'failed', code: 'X', message: 'y' },
    ]) {
      assert.deepEqual(parseLine(JSON.stringify(line)), line);
    }
  });

  it('reads nothing else', () => {
    for (const line of [
      '',
      'x',
      '[]',
      '{}',
      '{"type":"event"}',
      '{"type":"event","event":{}}',
      '{"type":"done"}',
    ]) {
      assert.equal(parseLine(line), undefined, line);
    }
    assert.equal(parseLine('{"type":"done","status":{}}'), undefined);
    assert.equal(parseLine('{"type":"report","report":{}}'), undefined);
    assert.equal(parseLine('{"type":"failed","code":1,"message":""}'), undefined);
  });
});
