import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { parseInspectorMessage } from '../../src/core/inspector-messages.ts';

describe('parseInspectorMessage', () => {
  it('knows answers, scripts and pauses', () => {
    const cases = [
      [
        { id: 3, result: {} },
        { type: 'done', id: 3 },
      ],
      [
        { id: 3, error: { code: -32000, message: 'no' } },
        { type: 'refused', id: 3, reason: 'no' },
      ],
      [
        { method: 'Debugger.scriptParsed', params: { scriptId: '7', url: 'file:///a.js', hash: '' } },
        { type: 'script', scriptId: '7', url: 'file:///a.js' },
      ],
      [
        {
          method: 'Debugger.paused',
          params: {
            callFrames: [
              { functionName: 'f', location: { scriptId: '7', lineNumber: 2, columnNumber: 4 }, url: '' },
            ],
          },
        },
        { type: 'paused', frames: [{ functionName: 'f', scriptId: '7', line: 2, column: 4 }] },
      ],
    ];
    for (const [message, expected] of cases) {
      assert.deepEqual(parseInspectorMessage(JSON.stringify(message)), expected);
    }
  });

  it('passes over what is about something else', () => {
    for (const text of ['null', '7', '[]', '{}', '{"method":"Debugger.resumed","params":{}}']) {
      assert.equal(parseInspectorMessage(text), undefined, text);
    }
  });

  it('makes do where something is missing', () => {
    assert.deepEqual(parseInspectorMessage('{"method":"Debugger.paused"}'), { type: 'paused', frames: [] });
    const frame = { functionName: '', scriptId: 'undefined', line: 0, column: 0 };
    assert.deepEqual(parseInspectorMessage('{"method":"Debugger.paused","params":{"callFrames":[null]}}'), {
      type: 'paused',
      frames: [frame],
    });
  });

  it('throws for what is no JSON', () => {
    assert.throws(() => parseInspectorMessage('{'), SyntaxError);
  });
});
