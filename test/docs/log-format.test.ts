import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { eventJson } from '../../src/cli/log-lines.ts';
import { fenced, read, rowsBelow } from './pages.ts';

const PAGE = 'docs/log-format.md';
/** What is no event of a supervisor. */
const OTHERS = ['output', 'note', 'error'];

describe(PAGE, () => {
  it('has each event, with its fields, and no other', () => {
    const happening = /type SupervisorHappening =(.*?);\n\n/s.exec(read('src/api/supervisor.ts'))?.[1] ?? '';
    const events = [...happening.matchAll(/readonly type: '([\w-]+)'([^}]*)/g)].map(([, type, rest = '']) => [
      type,
      [...rest.matchAll(/readonly (\w+)\??:/g)].map(([, name]) => String(name)).toSorted(),
    ]);
    assert(events.length > 15);
    const rows = rowsBelow(PAGE, '## Events').map(([type = '', , keys = '']) => [
      type.replaceAll('`', ''),
      [...keys.matchAll(/`(\w+)`/g)].map(([, name]) => String(name)).toSorted(),
    ]);
    const documented = rows.filter(([type]) => !OTHERS.includes(String(type)));
    assert.deepEqual(Object.fromEntries(documented), Object.fromEntries(events));
    assert.equal(rows.length, events.length + OTHERS.length);
  });

  it('has each key that all lines have, and lines as they are', () => {
    const worker = { slot: 0, id: 1, pid: 4711, generation: 0 };
    const line = eventJson({
      atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
      type: 'worker-ready',
      worker,
      afterMs: 130,
    });
    const [lines = ''] = fenced(PAGE, 'json');
    assert.equal(lines.split('\n')[0], line);
    const keys = rowsBelow(PAGE, '## Keys').map(([key = '']) => key.replaceAll('`', ''));
    const all = lines
      .trim()
      .split('\n')
      .flatMap((each) => Object.keys(JSON.parse(each) as object));
    for (const key of keys) assert(all.includes(key), key);
    assert.deepEqual(keys.slice(0, 3), ['time', 'level', 'event']);
    assert.deepEqual(
      [...new Set(rowsBelow(PAGE, '## Events').map(([, level]) => String(level)))].toSorted(),
      ['error', 'info', 'info or warn', 'warn'],
    );
  });
});
