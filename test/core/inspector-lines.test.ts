import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inspectorStart, isInspectorLine } from '../../src/core/inspector-lines.ts';

const URL = 'ws://127.0.0.1:9229/04e25d28-64f3-40d3-807f-1ac7bc72e7c5';
const TAKEN = 'Starting inspector on 127.0.0.1:9229 failed: address already in use';

describe('isInspectorLine', () => {
  it('knows all that the inspector prints', () => {
    for (const line of [
      `Debugger listening on ${URL}`,
      'For help, see: https://nodejs.org/en/docs/inspector',
      'For help, see: https://nodejs.org/learn/getting-started/debugging',
      'Debugger attached.',
      'Waiting for the debugger to disconnect...',
      `Debugger ending on ${URL}`,
      TAKEN,
    ]) {
      assert(isInspectorLine(line), line);
    }
  });

  it('leaves to a program what is its own', () => {
    for (const line of [
      '',
      'Debugger',
      'For help, see: https://example.org/',
      'For help, see the manual',
      `my Debugger listening on ${URL}`,
      'Debugger attached. Really.',
    ]) {
      assert(!isInspectorLine(line), line);
    }
  });
});

describe('inspectorStart', () => {
  it('gives the address, also behind what the program wrote', () => {
    const expected = { type: 'listening', url: URL };
    assert.deepEqual(inspectorStart(`Debugger listening on ${URL}`), expected);
    assert.deepEqual(inspectorStart(`no end yetDebugger listening on ${URL}`), expected);
    const six = URL.replace('127.0.0.1', '[::1]');
    assert.deepEqual(inspectorStart(`Debugger listening on ${six}`), { type: 'listening', url: six });
  });

  it('takes the address of another machine, or none, for a failure', () => {
    for (const url of [
      'ws://10.0.0.1:9229/id',
      'ws://127.0.0.1.example.org:80/id',
      'ws://127.0.0.1/',
      'ws://x',
    ]) {
      assert.deepEqual(inspectorStart(`Debugger listening on ${url}`), { type: 'failed' }, url);
    }
    assert.deepEqual(inspectorStart(TAKEN), { type: 'failed' });
  });

  it('knows nothing of other lines', () => {
    for (const line of ['', 'Debugger attached.', `Debugger ending on ${URL}`]) {
      assert.equal(inspectorStart(line), undefined, line);
    }
  });
});
