import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';

import * as fc from 'fast-check';

import { statusTable } from '../../src/cli/status-table.ts';
import { summaryLine } from '../../src/cli/summary-line.ts';
import { textWidth } from '../../src/cli/terminal-text.ts';
import { anySupervisorStatus, supervisorStatus, workerStatus } from './fake-status.ts';

const STATUS = supervisorStatus({
  workers: [
    workerStatus({ slot: 0, pid: 71 }),
    workerStatus({ slot: 1, state: 'draining', connections: 1234, loopDelayMs: 1250, restarts: 3 }),
    workerStatus({
      slot: 1,
      state: 'starting',
      pid: undefined,
      generation: 2,
      uptimeMs: 130,
      loopDelayMs: undefined,
      memoryMb: undefined,
    }),
  ],
});

describe('statusTable', () => {
  it('aligns what it knows of each worker', () => {
    assert.deepEqual(statusTable(STATUS), [
      'slot   pid  state     generation  uptime  connections  loop delay  memory  restarts',
      '   0    71  ready              1   3 min           12      0.4 ms  85 MiB         0',
      '   1  4711  draining           1   3 min         1234       1.3 s  85 MiB         3',
      '   1     -  starting           2  130 ms           12           -       -         0',
    ]);
  });

  it('leaves out what matters least where it is narrow', () => {
    assert.deepEqual(statusTable(STATUS, { width: 54 }), [
      'slot   pid  state     connections  loop delay  memory',
      '   0    71  ready              12      0.4 ms  85 MiB',
      '   1  4711  draining         1234       1.3 s  85 MiB',
      '   1     -  starting           12           -       -',
    ]);
    assert.deepEqual(statusTable(STATUS, { width: 14 })[2], '   1  draining');
    assert.deepEqual(statusTable(STATUS, { width: 3 }), ['sl…', '  …', '  …', '  …']);
  });

  it('is never wider than it may be, with colours or without', () => {
    fc.assert(
      fc.property(anySupervisorStatus, fc.nat(130), fc.boolean(), (status, width, color) => {
        const lines = statusTable(status, { width, color });
        assert.equal(lines.length, status.workers.length + 1);
        for (const line of lines) assert(textWidth(line) <= width, `${textWidth(line)} > ${width}: ${line}`);
      }),
    );
  });

  it('is all of one width where there is room, and says the same with colours', () => {
    fc.assert(
      fc.property(anySupervisorStatus, fc.integer({ min: 30, max: 200 }), (status, width) => {
        const lines = statusTable(status, { width });
        assert.equal(new Set(lines.map((line) => textWidth(line))).size, 1);
        const colored = statusTable(status, { width, color: true });
        assert.deepEqual(
          colored.map((line) => stripVTControlCharacters(line)),
          lines,
        );
      }),
    );
  });
});

describe('summaryLine', () => {
  it('says what runs, where, and how much of it', () => {
    assert.equal(
      summaryLine(supervisorStatus()),
      'grappolo: server.js, 4 of 4 workers ready, generation 2, http://localhost:8000, up 3 min',
    );
    assert.equal(
      summaryLine(supervisorStatus({ phase: 'starting', ready: 0, slots: 1, addresses: [], uptimeMs: 0 })),
      'grappolo: server.js, 0 of 1 worker ready, starting, generation 2, up 0 ms',
    );
  });

  it('says how far a reload has come', () => {
    const reload = { generation: 3, done: 2, slots: 4 };
    assert.match(
      summaryLine(supervisorStatus({ phase: 'reloading' }), { reload }),
      /ready, reload 3: 2 of 4,/,
    );
    assert.match(summaryLine(supervisorStatus({ phase: 'reloading' })), /ready, reloading,/);
    assert.doesNotMatch(summaryLine(supervisorStatus({ phase: 'stopping' }), { reload }), /reload/);
  });

  it('is never wider than it may be', () => {
    fc.assert(
      fc.property(anySupervisorStatus, fc.nat(100), (status, width) => {
        assert(textWidth(summaryLine(status, { width })) <= width);
      }),
    );
  });
});
