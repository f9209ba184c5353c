import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Report } from '../../src/api/operations.ts';
import { FAMILIES } from '../../src/metrics/families.ts';
import type { MetricSample } from '../../src/metrics/family.ts';
import { metricsText } from '../../src/metrics/text.ts';
import { CELL_COUNT, CELLS, requestCell } from '../../src/protocol/numbers.ts';
import { FakeInstance } from '../ops/fake-instance.ts';

const cells = Array.from({ length: CELL_COUNT }, () => 0);
cells[requestCell('GET', 200)] = 5;
cells[requestCell('BREW', 418)] = 1;
cells[CELLS.durations.at] = 4;
cells[CELLS.durations.at + 2] = 1;
cells[CELLS.durations.at + CELLS.durations.length - 1] = 1;
cells[CELLS.durationSum.at] = 12.5;
cells[CELLS.aborted.at] = 2;
cells[CELLS.inFlight.at] = 3;

const REPORT: Report = {
  ...(await new FakeInstance().report(false)),
  listeners: [{ name: 'tcp://a:1', accepted: 9, dropped: 1, waiting: 2 }],
  slots: [
    {
      slot: 0,
      ageMs: 1500,
      cells,
      restarts: { exit: 2 },
      connections: [{ listener: 'tcp://a:1', handedOver: 8, takenBack: 1, accepted: 7, open: 6 }],
    },
    { slot: 1, ageMs: undefined, cells: [], restarts: {}, connections: [] },
    // Its worker has ended, and what that had counted stays.
    {
      slot: 2,
      ageMs: undefined,
      cells,
      restarts: {},
      connections: [{ listener: 'tcp://a:1', handedOver: 8, takenBack: 1, accepted: 7, open: 0 }],
    },
  ],
};

function samplesOf(name: string): readonly MetricSample[] {
  const family = FAMILIES.find((each) => each.name === name);
  assert(family, name);
  return family.samples(REPORT);
}

function valuesOf(name: string): readonly number[] {
  return samplesOf(name).map(({ value }) => value);
}

describe('the families', () => {
  it('have names of their own, and counters are known by them', () => {
    assert.equal(new Set(FAMILIES.map(({ name }) => name)).size, FAMILIES.length);
    for (const { name, type, help } of FAMILIES) {
      assert.match(name, /^grappolo_[a-z0-9_]+$/);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      assert.match(help, /\.$/);
    }
  });

  it('give each set of labels once, and no others than they name', () => {
    for (const { name, labels, samples } of FAMILIES) {
      const given = samples(REPORT).map((each) => JSON.stringify([each.suffix, each.labels]));
      assert.equal(new Set(given).size, given.length, name);
      for (const each of samples(REPORT))
        for (const label of Object.keys(each.labels)) assert(label === 'le' || labels.includes(label), name);
    }
  });

  it('tell of requests, by method and status, only those that there were', () => {
    assert.deepEqual(samplesOf('grappolo_http_requests_total'), [
      { labels: { slot: 0, method: 'GET', status: '2xx' }, value: 5 },
      { labels: { slot: 0, method: '_OTHER', status: '4xx' }, value: 1 },
      { labels: { slot: 2, method: 'GET', status: '2xx' }, value: 5 },
      { labels: { slot: 2, method: '_OTHER', status: '4xx' }, value: 1 },
    ]);
    assert.deepEqual(valuesOf('grappolo_http_requests_aborted_total'), [2, 2]);
    assert.deepEqual(valuesOf('grappolo_http_requests_in_flight'), [3]);
  });

  it('tell durations in buckets that add up', () => {
    const samples = samplesOf('grappolo_http_request_duration_seconds').filter(
      ({ labels }) => labels['slot'] === 0,
    );
    const buckets = samples.filter(({ suffix }) => suffix === '_bucket').map(({ value }) => value);
    assert.deepEqual(buckets, [4, 4, ...Array.from({ length: 12 }, () => 5), 6]);
    assert.equal(samples.find(({ labels }) => labels['le'] === '+Inf')?.value, 6);
    assert.equal(samples.find(({ suffix }) => suffix === '_count')?.value, 6);
    assert.equal(samples.find(({ suffix }) => suffix === '_sum')?.value, 12.5);
  });

  it('tell of connections, restarts and ages', () => {
    assert.deepEqual(valuesOf('grappolo_listener_connections_accepted_total'), [9]);
    assert.deepEqual(valuesOf('grappolo_listener_connections_dropped_total'), [1]);
    assert.deepEqual(valuesOf('grappolo_listener_connections_waiting'), [2]);
    assert.deepEqual(valuesOf('grappolo_worker_connections_handed_over_total'), [8, 8]);
    assert.deepEqual(valuesOf('grappolo_worker_connections_taken_back_total'), [1, 1]);
    assert.deepEqual(valuesOf('grappolo_worker_connections_accepted_total'), [7, 7]);
    assert.deepEqual(valuesOf('grappolo_worker_connections_open'), [6]);
    assert.deepEqual(samplesOf('grappolo_worker_restarts_total'), [
      { labels: { slot: 0, reason: 'exit' }, value: 2 },
    ]);
    assert.deepEqual(valuesOf('grappolo_worker_numbers_age_seconds'), [1.5]);
  });

  it('tell nothing measured of a slot without numbers', () => {
    for (const { name, samples } of FAMILIES) {
      if (!/_(http|memory|heap|open_fds|eventloop|cpu)_/.test(name) || name.includes('primary')) continue;
      assert(!samples(REPORT).some(({ labels }) => labels['slot'] === 1), name);
    }
  });

  it('tell nothing measured of a slot whose worker has ended, and go on to tell what it had counted', () => {
    for (const { name, type, labels, samples } of FAMILIES) {
      if (!labels.includes('slot') || /_(ready|restarts_total|scrape_up|snapshot_age_seconds)$/.test(name))
        continue;
      const isThere = samples(REPORT).some((each) => each.labels['slot'] === 2);
      assert.equal(isThere, type !== 'gauge', name);
    }
  });

  it('are written as text', () => {
    const text = metricsText(REPORT);
    assert.match(text, /^grappolo_http_requests_total\{slot="0",method="GET",status="2xx"\} 5$/m);
  });
});
