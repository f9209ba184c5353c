import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { inRoot } from '../../support/paths.ts';
import { runProgram } from '../../support/program.ts';
import type { ProgramOptions } from '../../support/program.ts';

const FILE = inRoot('test/together/programs/web-locks.mjs');
/** The first with `navigator.locks`. */
const HAS_LOCKS = 'locks' in ((Reflect.get(globalThis, 'navigator') as object | undefined) ?? {});

/** By the name of each program in it: what it printed. */
async function resultsOf(whose: string, options: ProgramOptions): Promise<Map<string, unknown>> {
  const { stdout, stderr, code } = await runProgram(FILE, { ...options, args: [whose] });
  assert.equal(code, 0, stderr);
  return new Map(stdout.trimEnd().split('\n').map(parse));
}

function parse(line: string): [string, unknown] {
  const at = line.indexOf(': ');
  return [line.slice(0, at), JSON.parse(line.slice(at + 2))];
}

describe('locks beside the Web Locks API', () => {
  it("do what Node's own do", { skip: !HAS_LOCKS && 'this Node has none' }, async () => {
    const theirs = await resultsOf('node', { cluster: 'node' });
    const ours = await resultsOf('grappolo', {});
    assert(theirs.size >= 15, `only ${theirs.size}`);
    for (const [name, result] of theirs) assert.deepEqual(ours.get(name), result, name);
  });

  it('do what the specification says', async () => {
    const results = await resultsOf('grappolo', {});
    const expected: Readonly<Record<string, unknown>> = {
      'waits in order, shared ones together': {
        before: {
          held: ['a:exclusive'],
          pending: ['a:shared', 'a:shared', 'a:exclusive', 'a:shared'],
        },
        order: '+s1 +s2 -s1 -s2 +x -x +s3 -s3',
        after: { held: [], pending: [] },
      },
      'steal breaks the holder, and goes before those that wait': {
        between: { held: ['a:exclusive'], pending: ['a:exclusive'] },
        robbed: { error: 'AbortError' },
        thief: { value: 'mine' },
        got: { name: 'a', mode: 'exclusive' },
        waiting: { value: 'last' },
      },
      'options that are refused': [
        ...Array.from({ length: 4 }, () => ({ error: 'NotSupportedError' })),
        { error: 'TypeError' },
        { error: 'TypeError' },
      ],
      'options that are none': Array.from({ length: 4 }, () => ({ value: 'exclusive' })),
      'who has given up waits no more': {
        before: { held: ['a:exclusive'], pending: ['a:exclusive'] },
        after: { held: ['a:exclusive'], pending: [] },
      },
      'the callback is called later': ['asked', 'called'],
      'a callback that throws releases': {
        thrown: { error: 'RangeError' },
        after: { held: [], pending: [] },
      },
    };
    for (const [name, result] of Object.entries(expected)) assert.deepEqual(results.get(name), result, name);
  });
});
