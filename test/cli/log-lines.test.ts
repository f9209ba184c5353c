import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { messageJson, outputJson } from '../../src/cli/log-lines.ts';

const AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

describe('outputJson and messageJson', () => {
  it('have the same form', () => {
    assert.equal(
      outputJson({ slot: 2, pid: 4711, generation: 0, stream: 'stderr', line: 'a "b"\u0000' }, AT_MS),
      String.raw`{"time":"2026-01-02T03:04:05.006Z","level":"warn","event":"output","type":"output","slot":2,"pid":4711,"generation":0,"stream":"stderr","line":"a \"b\"\u0000"}`,
    );
    assert.equal(
      messageJson('error', { message: 'no' }, AT_MS),
      '{"time":"2026-01-02T03:04:05.006Z","level":"error","event":"error","type":"error","message":"no"}',
    );
    assert.equal(
      messageJson('error', { message: 'no', code: 'ERR_X' }, AT_MS),
      '{"time":"2026-01-02T03:04:05.006Z","level":"error","event":"error","type":"error","message":"no","code":"ERR_X"}',
    );
    assert.match(
      outputJson({ slot: 2, pid: 1, generation: 0, stream: 'stdout', line: '' }, AT_MS),
      /"level":"info"/,
    );
  });

  it('keep hostile text inside its string, and unchanged for who parses it', () => {
    const hostile = [
      '"}\n{"event":"gave-up"}',
      '\r\n\u001B[2J\u001B]0;title\u0007',
      '\u009B31m\u0085\u007F\u2028\u2029',
      '</script><!--',
      '\uD800 alone',
      '__proto__',
    ];
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'binary' })), (line) => {
        const json = outputJson({ slot: 0, pid: undefined, generation: 0, stream: 'stdout', line }, AT_MS);
        // oxlint-disable-next-line no-control-regex -- that there are none
        assert.doesNotMatch(json, /[\u0000-\u001F\u007F-\u009F\u2028\u2029]/);
        const { line: parsed, event } = JSON.parse(json) as { line: string; event: string };
        assert.deepEqual([parsed, event], [line, 'output']);
      }),
    );
  });
});
