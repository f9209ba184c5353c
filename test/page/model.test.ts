import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { outcomeOf, questionOf, requestOf } from '../../page/model/deeds.js';
import { rowsOfEvents } from '../../page/model/events.js';
import { ago, delay, mebibytes, percent, plain, seconds, UNKNOWN } from '../../page/model/numbers.js';
import { reloadOf } from '../../page/model/reload.js';
import {
  afterEvent,
  afterHistory,
  afterLoss,
  afterSample,
  afterTrouble,
  NOTHING_YET,
} from '../../page/model/state.js';
import { rowsOfWorkers } from '../../page/model/workers.js';
import type { StartFailure, SupervisorEvent } from '../../src/index.ts';
import { supervisorStatus, WORKER as worker } from '../cli/fake-status.ts';
import { AT_MS, historyOf, sampleOf } from './fake-instance.ts';

const READY: SupervisorEvent = { atMs: AT_MS, type: 'ready', slots: 4 };
const FAILURE: StartFailure = {
  worker,
  reason: { kind: 'exit', code: 1 },
  output: ['Error: no database', '    at main.js:3'],
};

describe('numbers', () => {
  it('are as long as they need to be', () => {
    assert.deepEqual([0, 0.04, 4.26, 9.96, 120.4, 12_345].map(plain), [
      '0',
      '0',
      '4.3',
      '10',
      '120',
      '12,345',
    ]);
    assert.deepEqual([0.42, 9.2, 130.4, 12_000].map(delay), ['0.4 ms', '9.2 ms', '130 ms', '12 s']);
    assert.deepEqual([85.2, 2096].map(mebibytes), ['85 MiB', '2,096 MiB']);
    assert.deepEqual([0, 0.314, 1].map(percent), ['0 %', '31 %', '100 %']);
    assert.deepEqual([400, 1900, 12_700, 180_000].map(ago), ['just now', '1 s ago', '12 s ago', '3 min ago']);
    assert.deepEqual([0, 3900, 12_700].map(seconds), ['1 s', '3 s', '12 s']);
  });

  it('are marked where they are not known', () => {
    for (const format of [plain, delay, mebibytes, percent])
      assert.deepEqual([format(null), format(undefined)], [UNKNOWN, UNKNOWN]);
  });
});

describe('the state', () => {
  it('begins with what came before, events turned round', () => {
    const [early, late] = [READY, { ...READY, atMs: AT_MS + 1 }];
    const state = afterHistory({ samples: historyOf(3), events: [early, late, null, { type: 'x' }] });
    assert.deepEqual(state.events, [late, early]);
    assert.equal(state.samples.length, 3);
  });

  it('keeps 15 minutes of samples and 200 events', () => {
    let state = afterHistory({ samples: historyOf(900), events: [] });
    for (let second = 1; second <= 5; second += 1)
      state = afterSample(state, sampleOf({ atMs: AT_MS + second * 1000 }));
    assert.equal(state.samples.length, 901);
    for (let event = 0; event < 205; event += 1) state = afterEvent(state, { ...READY, atMs: event });
    assert.equal(state.events.length, 200);
    assert.equal(state.events[0]?.atMs, 204);
  });

  it('goes on where the clock of the primary was set back', () => {
    let state = afterHistory({ samples: historyOf(60), events: [] });
    const times = [-3_600_000, -3_599_000].map((byMs) => AT_MS + byMs);
    for (const atMs of times) state = afterSample(state, sampleOf({ atMs }));
    assert.deepEqual(
      state.samples.map(({ atMs }) => atMs),
      times,
    );
  });

  it('knows since when the primary is lost, until something is heard of it', () => {
    const lost = afterTrouble(afterLoss(NOTHING_YET, 5), { message: 'gone' }, 9);
    assert.deepEqual(lost.loss, { sinceMs: 5, message: 'gone' });
    assert.equal(afterLoss(lost, 12), lost);
    assert.equal(afterTrouble(lost, null, 12).loss, undefined);
    assert.equal(afterSample(lost, sampleOf()).loss, undefined);
    assert.equal(afterHistory({ samples: [], events: [] }).loss, undefined);
  });
});

describe('rowsOfWorkers', () => {
  it('tells all of a worker', () => {
    const lastEnd = { atMs: AT_MS - 300_000, reason: { kind: 'signal', signal: 'SIGSEGV' } } as const;
    const [row] = rowsOfWorkers(sampleOf({ count: 1, workers: { 0: { restarts: 2, lastEnd } } }), []);
    assert.deepEqual(row, {
      key: '0/1',
      slot: 0,
      state: 'ready',
      stateText: 'ready',
      isSilent: false,
      pid: '4700',
      generation: '3',
      uptime: '2 h',
      connections: '12',
      requests: '120',
      utilization: '31 %',
      busyPart: 0.31,
      delay: '2.4 ms',
      memory: '96 MiB',
      heap: '42 of 2,096 MiB',
      heapPart: 41.7 / 2096,
      restarts: '2',
      lastEnd: 'was ended by SIGSEGV, 5 min ago',
      isReplaceable: true,
    });
  });

  it('tells the memory beside its limit, where there is one', () => {
    const [row] = rowsOfWorkers(sampleOf({ status: { maxMemoryMb: 448 } }), []);
    assert.equal(row?.memory, '96 of 448 MiB');
  });

  it('marks one whose numbers are old', () => {
    const [row] = rowsOfWorkers(sampleOf({ slots: { 0: { ageMs: 12_400 } } }), []);
    assert.deepEqual([row?.stateText, row?.isSilent], ['silent for 12 s', true]);
  });

  it('gives the numbers of a slot to the newest of its workers that is ready', () => {
    const sample = sampleOf({ count: 1 });
    const [old] = sample.status.workers;
    assert(old);
    const workers = [
      { ...old, state: 'draining' as const },
      { ...old, id: 8, generation: 4 },
    ];
    const rows = rowsOfWorkers({ ...sample, status: { ...sample.status, workers } }, []);
    assert.deepEqual(
      rows.map(({ state, requests }) => [state, requests]),
      [
        ['draining', UNKNOWN],
        ['ready', '120'],
      ],
    );
  });

  it('tells of a slot that has no worker when the next one starts, and why the last has ended', () => {
    const ended: SupervisorEvent = {
      atMs: AT_MS - 1000,
      type: 'worker-ended',
      worker: { ...worker, slot: 1 },
      reason: { kind: 'exit', code: 3 },
      wasReady: false,
      restartInMs: 5000,
      output: [],
    };
    const [, row] = rowsOfWorkers(sampleOf({ workers: { 1: null } }), [ended]);
    assert.deepEqual(
      [row?.state, row?.stateText, row?.lastEnd],
      ['none', 'starts in 4 s', 'exited with code 3, 1 s ago'],
    );
    assert.equal(rowsOfWorkers(sampleOf({ workers: { 1: null } }), [])[1]?.stateText, 'no worker');
  });
});

describe('reloadOf', () => {
  it('tells of none, of one under way, and of the last one', () => {
    assert.equal(reloadOf(sampleOf()), undefined);
    const reload = { generation: 4, done: 1, slots: 4 };
    assert.deepEqual(reloadOf(sampleOf({ status: { reload } })), {
      tone: 'busy',
      text: 'To generation 4: 1 of 4 replaced',
      progress: reload,
    });
    const lastReload = { verdict: 'done', generation: 3, atMs: AT_MS - 61_000, tookMs: 2100 } as const;
    assert.deepEqual(reloadOf(sampleOf({ status: { lastReload } })), {
      tone: 'good',
      text: 'To generation 3: done 61 s ago, after 2.1 s',
    });
  });

  it('tells which worker has failed one, why, and what it wrote', () => {
    const lastReload = {
      verdict: 'failed',
      generation: 4,
      atMs: AT_MS,
      tookMs: 300,
      failure: FAILURE,
    } as const;
    assert.deepEqual(reloadOf(sampleOf({ status: { lastReload } })), {
      tone: 'bad',
      text: 'To generation 4: failed just now, after 300 ms',
      failure: {
        text: 'The new worker in slot 2 (pid 4711) exited with code 1',
        label: 'What it wrote to stderr last:',
        output: 'Error: no database\n    at main.js:3',
      },
    });
  });
});

describe('rowsOfEvents', () => {
  it('has the words of the command, and details apart', () => {
    const hung: SupervisorEvent = {
      atMs: AT_MS,
      type: 'worker-hung',
      worker,
      silentMs: 10_000,
      stack: 'at spin\nat main',
    };
    assert.deepEqual(rowsOfEvents([hung, READY]), [
      {
        key: `${AT_MS}/2`,
        atMs: AT_MS,
        text: 'worker 2 (pid 4711) was silent for 10 s and is replaced',
        details: 'at spin\nat main',
        isBad: true,
      },
      { key: `${AT_MS}/1`, atMs: AT_MS, text: 'ready, 4 workers', details: '', isBad: false },
    ]);
  });

  it('leaves out what another event says, and names what it does not know', () => {
    const draining: SupervisorEvent = { atMs: AT_MS, type: 'worker-draining', worker, cause: 'stop' };
    const unknown = { atMs: AT_MS, type: 'worker-painted' } as unknown as SupervisorEvent;
    const broken = { atMs: AT_MS, type: 'worker-ended' } as unknown as SupervisorEvent;
    assert.deepEqual(
      rowsOfEvents([draining, unknown, broken]).map(({ text }) => text),
      ['worker-painted', 'worker-ended'],
    );
  });
});

describe('deeds', () => {
  it('have a path and a body', () => {
    assert.deepEqual(requestOf({ command: 'reload' }), { path: 'reload' });
    assert.deepEqual(requestOf({ command: 'scale', workers: 6 }), { path: 'scale', body: '{"workers":6}' });
    assert.deepEqual(requestOf({ command: 'replace', slot: 2 }), { path: 'workers/2/replace' });
  });

  it('are asked for once, by what they do', () => {
    const { status } = sampleOf();
    assert.equal(questionOf({ command: 'reload' }, status).title, 'Reload all workers?');
    assert.match(questionOf({ command: 'scale', workers: 1 }, status).title, /^Scale to 1 worker\?$/);
    assert.match(questionOf({ command: 'replace', slot: 2 }, status).text, /pid 4702/);
  });

  it('tell how they ended', () => {
    assert.deepEqual(
      outcomeOf({ command: 'scale', workers: 6 }, { type: 'done', status: supervisorStatus() }),
      {
        tone: 'good',
        text: 'Scaled to 6 workers',
      },
    );
    const failed = outcomeOf(
      { command: 'reload' },
      { type: 'failed', code: 'ERR_GRAPPOLO_BUSY', message: 'Cannot reload: a reload is under way' },
    );
    assert.deepEqual(failed, {
      tone: 'bad',
      text: 'Cannot reload: a reload is under way (ERR_GRAPPOLO_BUSY)',
    });
  });
});
