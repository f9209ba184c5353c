import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { NOTHING_YET } from '../../page/model/state.js';
import { summaryOf } from '../../page/model/summary.js';
import { AT_MS, sampleOf } from './fake-instance.ts';
import type { SampleChanges } from './fake-instance.ts';

type Row = readonly [what: string, changes: SampleChanges, tone: 'good' | 'busy' | 'bad', sentence: string];

const ROWS: readonly Row[] = [
  ['is well', {}, 'good', '4 of 4 ready, generation 3, since 2 h'],
  [
    'is well since its last reload',
    { status: { lastReload: { verdict: 'done', generation: 3, atMs: AT_MS - 200_000, tookMs: 900 } } },
    'good',
    '4 of 4 ready, generation 3, since 3 min',
  ],
  [
    'is as it was before a reload that failed',
    { status: { lastReload: { verdict: 'failed', generation: 4, atMs: AT_MS - 200_000, tookMs: 900 } } },
    'good',
    '4 of 4 ready, generation 3, since 2 h',
  ],
  [
    'has a silent worker',
    { slots: { 2: { ageMs: 12_400 } } },
    'bad',
    '3 of 4 ready: slot 2 has been silent for 12 s',
  ],
  [
    'has silent workers',
    { slots: { 0: { ageMs: 5000 }, 2: { ageMs: 12_400 } } },
    'bad',
    '2 of 4 ready: slots 0 and 2 are silent',
  ],
  [
    'has many silent workers',
    { count: 6, slots: Object.fromEntries([0, 1, 2, 3, 5].map((slot) => [slot, { ageMs: 5000 }])) },
    'bad',
    '1 of 6 ready: slots 0, 1, 2 and 2 more are silent',
  ],
  [
    'has a new worker, whose slot has old numbers',
    { slots: { 2: { ageMs: 12_400 } }, workers: { 2: { uptimeMs: 900 } } },
    'good',
    '4 of 4 ready, generation 3, since 2 h',
  ],
  ['has lost a worker', { workers: { 1: null } }, 'bad', '3 of 4 ready: slot 1 has no worker'],
  [
    'starts a worker again',
    { workers: { 1: { state: 'starting', uptimeMs: 100 } } },
    'bad',
    '3 of 4 ready: slot 1 is not ready',
  ],
  [
    'starts',
    { status: { phase: 'starting' }, workers: { 1: { state: 'starting' }, 2: null } },
    'busy',
    'Starting: 2 of 4 ready',
  ],
  [
    'reloads',
    { status: { phase: 'reloading', reload: { generation: 4, done: 1, slots: 4 } } },
    'busy',
    'Reloading: 1 of 4',
  ],
  [
    'reloads with a silent worker',
    {
      status: { phase: 'reloading', reload: { generation: 4, done: 1, slots: 4 } },
      slots: { 2: { ageMs: 4000 } },
    },
    'bad',
    'Reloading: 1 of 4; slot 2 has been silent for 4 s',
  ],
  ['scales', { status: { phase: 'scaling' }, workers: { 3: null } }, 'busy', 'Scaling: 3 of 4 ready'],
  ['stops', { status: { phase: 'stopping' } }, 'busy', 'Stopping: 4 workers are left'],
  ['has stopped', { status: { phase: 'stopped', workers: [] } }, 'bad', 'Stopped'],
];

describe('summaryOf', () => {
  for (const [what, changes, tone, sentence] of ROWS) {
    it(`tells of an instance that ${what}`, () => {
      const summary = summaryOf({ ...NOTHING_YET, samples: [sampleOf(changes)] }, AT_MS);
      assert.deepEqual({ tone: summary.tone, sentence: summary.sentence }, { tone, sentence });
    });
  }

  it('tells that nothing is known yet', () => {
    assert.equal(summaryOf(NOTHING_YET, AT_MS).sentence, 'Waiting for the first numbers');
  });

  it('tells that the primary is lost, how long, and what the server says of it', () => {
    const loss = { sinceMs: AT_MS - 12_300, message: 'It does not answer.' };
    const { tone, sentence, detail } = summaryOf({ ...NOTHING_YET, samples: [sampleOf()], loss }, AT_MS);
    assert.equal(tone, 'bad');
    assert.equal(sentence, 'No connection to the primary since 12 s; trying again');
    assert.equal(detail, 'It does not answer. What is shown is 12 s old.');
  });
});
