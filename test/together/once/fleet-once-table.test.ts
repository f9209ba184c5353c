import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { FleetOnceTable } from '../../../src/together/once/fleet-once-table.ts';
import type { FleetOnceEffect } from '../../../src/together/once/fleet-once-table.ts';
import type { Candidate } from '../../../src/together/once/once-table.ts';

type Effects = readonly FleetOnceEffect<string>[];

function by(client: string, n = 1): Candidate<string> {
  return { client, n };
}

function told(effects: Effects): string[] {
  return effects.map((effect) => {
    if (!('candidate' in effect)) return `${effect.type} ${effect.name}`;
    return `${effect.type} ${effect.candidate.client}${effect.candidate.n}`;
  });
}

/** A table in which x has the job, and y waits, by a lease until 100. */
function begun(): FleetOnceTable<string> {
  const table = new FleetOnceTable<string>();
  table.apply('a', by('x'), 0);
  table.held('a', { term: 't1', untilMs: 100, wallUntilMs: 1 }, 10);
  table.apply('a', by('y'), 20);
  return table;
}

describe('the table of jobs of the fleet', () => {
  it('tries for the lease when the first one comes, who begins when it is held', () => {
    const table = new FleetOnceTable<string>();
    assert.deepEqual(told(table.apply('a', by('x'), 0)), ['want a']);
    assert.deepEqual(told(table.apply('a', by('y'), 0)), []);
    assert.deepEqual(table.held('a', { term: 't1', untilMs: 100, wallUntilMs: 1 }, 10), [
      { type: 'begin', candidate: by('x'), term: 't1+0000000001', untilMs: 100, wallUntilMs: 1 },
    ]);
    assert.deepEqual(table.held('a', { term: 't1', untilMs: 200, wallUntilMs: 1 }, 50), [
      { type: 'renew', candidate: by('x'), untilMs: 200, wallUntilMs: 1 },
    ]);
  });

  it('gives turns by one lease in the order in which they came, each with a greater term', () => {
    const table = begun();
    assert.deepEqual(table.withdraw('a', by('x'), 30), [
      { type: 'begin', candidate: by('y'), term: 't1+0000000002', untilMs: 100, wallUntilMs: 1 },
    ]);
    assert.deepEqual(told(table.withdraw('a', by('y'), 40)), ['release a']);
    assert.deepEqual(told(table.apply('a', by('x', 2), 50)), ['want a']);
  });

  it('begins nothing by a lease that is over by its time, be it told or not', () => {
    const table = begun();
    assert.deepEqual(told(table.withdraw('a', by('x'), 100)), []);
    assert.deepEqual(told(table.lost('a', 'late')), []);
    assert.deepEqual(told(table.held('a', { term: 't2', untilMs: 300, wallUntilMs: 1 }, 200)), ['begin y1']);
  });

  it('lets the lease expire while a turn that has lost it ends, and tries for it again then', () => {
    const table = begun();
    assert.deepEqual(told(table.lost('a', 'late')), ['lost x1', 'abandon a']);
    assert.deepEqual(told(table.held('a', { term: 't2', untilMs: 300, wallUntilMs: 1 }, 200)), []);
    assert.deepEqual(told(table.apply('a', by('z'), 200)), []);
    // What it still gives is not the job's result.
    assert.deepEqual(told(table.done('a', by('x'), 200)), ['want a']);
    assert.deepEqual(told(table.held('a', { term: 't3', untilMs: 400, wallUntilMs: 1 }, 300)), ['begin y1']);
  });

  it('tells all who wait here that the job is done, and lets other hosts have it', () => {
    assert.deepEqual(told(begun().done('a', by('x'), 30)), ['done y1', 'release a']);
    assert.deepEqual(told(begun().done('a', by('y'), 30)), []);
  });

  it('has one who leaves hand over, and keeps the lease until that is so', () => {
    const table = begun();
    assert.deepEqual(told(table.leave('y', 30)), ['withdrawn y1']);
    assert.deepEqual(told(table.leave('x', 30)), ['hand-over x1']);
    assert.deepEqual(told(table.apply('a', by('x', 2), 30)), ['withdrawn x2']);
    assert.deepEqual(told(table.forget('x', 40)), ['release a']);
  });

  it('refuses all who wait where there is no fleet', () => {
    const table = new FleetOnceTable<string>();
    table.apply('a', by('x'), 0);
    table.apply('b', by('y'), 0);
    assert.deepEqual(told(table.refuse()), ['release a', 'refused x1', 'release b', 'refused y1']);
  });

  it('never gives two turns at once, nor one without the lease, nor keeps a lease for nobody', () => {
    const client = fc.constantFrom('x', 'y', 'z');
    const deed = fc.oneof(
      fc.record({ type: fc.constantFrom('apply', 'withdraw', 'done', 'forget', 'leave'), client }),
      fc.record({ type: fc.constantFrom('held', 'lost', 'pass'), client }),
    );
    fc.assert(fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => new Model().run(deeds)));
  });
});

/** What must hold of one job, whatever happens. */
class Model {
  readonly #table = new FleetOnceTable<string>();
  #nowMs = 0;
  #isWanted = false;
  /** Of the lease that is held. */
  #untilMs = -1;
  #leases = 0;
  #holder: string | undefined;
  #lastTerm = '';
  readonly #waiting = new Set<string>();
  readonly #gone = new Set<string>();

  run(deeds: readonly { readonly type: string; readonly client: string }[]): void {
    for (const { type, client } of deeds) this.#do(type, client);
    for (const client of ['x', 'y', 'z']) this.#do('forget', client);
    assert.deepEqual([this.#isWanted, this.#holder, this.#waiting.size], [false, undefined, 0]);
  }

  #do(type: string, client: string): void {
    const table = this.#table;
    switch (type) {
      case 'apply':
        if (this.#holder === client || this.#waiting.has(client)) return;
        this.#waiting.add(client);
        this.#take(table.apply('a', by(client), this.#nowMs));
        return;
      case 'withdraw':
      case 'done':
        this.#end(client);
        this.#take(table[type]('a', by(client), this.#nowMs));
        return;
      case 'forget':
        this.#end(client);
        this.#gone.delete(client);
        this.#take(table.forget(client, this.#nowMs));
        return;
      case 'leave':
        if (this.#gone.has(client)) return;
        this.#gone.add(client);
        this.#take(table.leave(client, this.#nowMs));
        return;
      case 'held':
        // One that is over is lost before there is another.
        if (!this.#isWanted || (this.#untilMs >= 0 && this.#nowMs >= this.#untilMs)) return;
        if (this.#untilMs < 0) this.#leases += 1;
        this.#untilMs = this.#nowMs + 10;
        this.#take(
          table.held(
            'a',
            { term: `t${this.#leases + 1000}`, untilMs: this.#untilMs, wallUntilMs: 1 },
            this.#nowMs,
          ),
        );
        return;
      case 'lost':
        if (this.#untilMs < 0) return;
        this.#untilMs = -1;
        this.#take(table.lost('a', 'late'));
        return;
      default:
        this.#nowMs += 4;
    }
  }

  #end(client: string): void {
    if (this.#holder === client) this.#holder = undefined;
    this.#waiting.delete(client);
  }

  #take(effects: Effects): void {
    for (const effect of effects) {
      if ('name' in effect) {
        const isWanted = effect.type === 'want';
        assert.notEqual(this.#isWanted, isWanted);
        assert(!isWanted || this.#waiting.size > 0);
        this.#isWanted = isWanted;
        this.#untilMs = -1;
      } else if (effect.type === 'begin') {
        const { client } = effect.candidate;
        assert(this.#holder === undefined && this.#waiting.delete(client) && !this.#gone.has(client));
        assert(this.#nowMs < this.#untilMs && effect.untilMs === this.#untilMs);
        assert(effect.term > this.#lastTerm);
        this.#lastTerm = effect.term;
        this.#holder = client;
      } else if (effect.type === 'done' || effect.type === 'withdrawn') {
        assert(this.#waiting.delete(effect.candidate.client));
      } else {
        assert.equal(effect.candidate.client, this.#holder);
      }
    }
  }
}
