import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { fleetOf } from '../../page/model/fleet.js';
import { UNKNOWN } from '../../page/model/numbers.js';
import { afterFleet, afterHistory, NOTHING_YET } from '../../page/model/state.js';
import { AT_MS, fleetHost, fleetStatus } from './fake-instance.ts';

describe('fleetOf', () => {
  it('tells all of a host, and which one this is', () => {
    const fleet = fleetStatus([fleetHost('web-1'), fleetHost('web-2')]);
    const { tone, note, rows } = fleetOf(fleet, AT_MS);
    assert.deepEqual([tone, note], ['good', '2 hosts in shop']);
    assert.deepEqual(rows[0], {
      host: 'web-1',
      isOwn: true,
      tone: 'good',
      state: 'running',
      version: '1.4.0',
      generation: '3',
      ready: '4 of 4',
      load: '31 %',
      loadPart: 0.31,
      requests: '482',
      since: '2 h',
    });
    assert.deepEqual([rows[1]?.host, rows[1]?.isOwn], ['web-2', false]);
    assert.equal(fleetOf(fleetStatus([fleetHost('web-1')]), AT_MS).note, '1 host in shop');
  });

  it('tells of a silent host what it was, and not how it does', () => {
    const silent = fleetHost('web-2', { state: 'unknown', ready: 2 });
    const { tone, note, rows } = fleetOf(fleetStatus([fleetHost('web-1'), silent]), AT_MS);
    assert.deepEqual([tone, note], ['bad', '2 hosts in shop, 1 unknown']);
    const { state, version, generation, ready, load, requests, since } = rows[1] ?? {};
    assert.deepEqual(
      [rows[1]?.tone, state, version, generation, since],
      ['bad', 'unknown', '1.4.0', '3', '2 h'],
    );
    assert.deepEqual([ready, load, requests], [UNKNOWN, UNKNOWN, UNKNOWN]);
  });

  it('tells one that changes from one that is short of workers', () => {
    const hosts = [
      fleetHost('a', { ready: 2 }),
      fleetHost('b', { phase: 'reloading', ready: 2 }),
      fleetHost('c', { phase: null, version: null, generation: null, ready: null, sinceMs: null }),
    ];
    const { note, tone, rows } = fleetOf(
      fleetStatus(hosts, { counts: { hosts: 3, unknown: 0, short: 1 } }),
      AT_MS,
    );
    assert.deepEqual([tone, note], ['bad', '3 hosts in shop, 1 short of workers']);
    assert.deepEqual(
      rows.map((row) => [row.tone, row.state, row.ready]),
      [
        ['bad', 'short of workers', '2 of 4'],
        ['busy', 'reloading', '2 of 4'],
        ['busy', UNKNOWN, UNKNOWN],
      ],
    );
    assert.deepEqual([rows[2]?.version, rows[2]?.generation, rows[2]?.since], [UNKNOWN, UNKNOWN, UNKNOWN]);
  });

  it('blames no host while the engine is away', () => {
    const hosts = ['a', 'b'].map((host) => fleetHost(host, { state: 'unknown' }));
    const { tone, note, rows } = fleetOf(fleetStatus(hosts, { state: 'unknown' }), AT_MS);
    assert.deepEqual([tone, note], ['bad', 'Fleet unknown: the engine is away; this host serves on']);
    assert.deepEqual(
      rows.map((row) => [row.tone, row.state]),
      [
        ['none', 'unknown'],
        ['none', 'unknown'],
      ],
    );
  });

  it('says that not all are shown', () => {
    const counts = { hosts: 10_000, unknown: 12, short: 0 };
    const { note } = fleetOf(fleetStatus([fleetHost('a'), fleetHost('b')], { counts }), AT_MS);
    assert.equal(note, '10,000 hosts in shop, 12 unknown; shown are 2, those in trouble first');
  });

  it('takes no clock of another host for its own', () => {
    const ahead = fleetHost('a', { sinceMs: AT_MS + 5000, load: 1.2 });
    const [row] = fleetOf(fleetStatus([ahead]), AT_MS).rows;
    assert.deepEqual([row?.since, row?.loadPart], ['1 s', 1]);
  });

  it('waits for what has not been told', () => {
    assert.deepEqual(fleetOf(undefined, AT_MS), { tone: 'none', note: 'Asking the fleet', rows: [] });
  });
});

describe('the state of the page', () => {
  it('has the fleet that was told last, also after the connection was lost', () => {
    const fleet = fleetStatus([fleetHost('a')]);
    const state = afterFleet(afterFleet(NOTHING_YET, fleetStatus([])), fleet);
    assert.equal(state.fleet, fleet);
    assert.equal(afterHistory({ samples: [], events: [] }, state.fleet).fleet, fleet);
  });
});
