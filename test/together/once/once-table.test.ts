import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { OnceTable } from '../../../src/together/once/once-table.ts';
import type { Candidate, OnceEffect } from '../../../src/together/once/once-table.ts';

type Effects = readonly OnceEffect<string>[];

function by(client: string, n = 1): Candidate<string> {
  return { client, n };
}

function told(effects: Effects): string[] {
  return effects.map(({ type, candidate: { client, n } }) => `${type} ${client}${n}`);
}

function noteOf(effects: Effects): number | undefined {
  const [effect] = effects;
  assert(effect?.type === 'begin');
  return effect.note;
}

describe('the table of jobs', () => {
  it('has the first one begin, and the next when that does not go on', () => {
    const table = new OnceTable<string>();
    assert.deepEqual(told(table.apply('a', by('x'))), ['begin x1']);
    assert.deepEqual(told(table.apply('a', by('y'))), []);
    assert.deepEqual(told(table.apply('a', by('z'))), []);
    assert.deepEqual(told(table.withdraw('a', by('y'))), []);
    assert.deepEqual(told(table.withdraw('a', by('x'))), ['begin z1']);
  });

  it('tells all who wait that the job is done, and has who comes then do it again', () => {
    const table = new OnceTable<string>();
    table.apply('a', by('x'));
    table.apply('a', by('y'));
    table.apply('a', by('x', 2));
    assert.deepEqual(told(table.done('a', by('x'))), ['done y1', 'done x2']);
    assert.deepEqual(told(table.apply('a', by('y', 2))), ['begin y2']);
  });

  it('does not take the word of one who is not at it', () => {
    const table = new OnceTable<string>();
    table.apply('a', by('x'));
    table.apply('a', by('y'));
    table.apply('a', by('z'));
    assert.deepEqual(told(table.done('a', by('y'))), []);
    assert.deepEqual(told(table.forget('x')), ['begin z1']);
  });

  it('has one who leaves hand over what it does, and withdraws what it waits for', () => {
    const table = new OnceTable<string>();
    table.apply('a', by('x'));
    table.apply('a', by('y'));
    table.apply('b', by('y', 2));
    table.apply('b', by('x', 2));
    assert.deepEqual(told(table.leave('x')), ['hand-over x1', 'withdrawn x2']);
    assert.deepEqual(told(table.apply('c', by('x', 3))), ['withdrawn x3']);
    assert.deepEqual(told(table.withdraw('a', by('x'))), ['begin y1']);
  });

  it("gives the next one the last holder's note, though nobody was there meanwhile", () => {
    const table = new OnceTable<string>();
    table.apply('a', by('x'));
    table.note('a', by('x'), 5);
    table.note('a', by('y'), 6);
    table.forget('x');
    const [effect] = table.apply('a', by('y'));
    assert(effect?.type === 'begin');
    assert.equal(effect.note, 5);
  });

  it('keeps the note of a job that is done, and of one that is handed over', () => {
    const table = new OnceTable<string>();
    table.apply('a', by('x'));
    table.note('a', by('x'), 5);
    table.apply('a', by('y'));
    table.leave('x');
    assert.equal(noteOf(table.withdraw('a', by('x'))), 5);
    table.done('a', by('y'));
    table.withdraw('a', by('y'));
    assert.equal(noteOf(table.apply('a', by('z'))), 5);
  });

  it('keeps the newest notes of jobs that nobody has, and all others', () => {
    const table = new OnceTable<string>();
    const work = (name: string, note: number): void => {
      table.apply(name, by('x'));
      table.note(name, by('x'), note);
    };
    work('held', 1);
    table.apply('held', by('y'));
    for (let n = 0; n < 10_000; n += 1) {
      work(`job ${n}`, n);
      table.withdraw(`job ${n}`, by('x'));
      if (n > 0) continue;
      // It is the newest again.
      for (const name of ['old', 'job 0']) {
        work(name, n);
        table.withdraw(name, by('x'));
      }
    }
    assert.equal(noteOf(table.apply('job 0', by('z'))), 0);
    assert.equal(noteOf(table.apply('job 1', by('z'))), 1);
    assert.equal(noteOf(table.apply('job 9999', by('z'))), 9999);
    assert.equal(noteOf(table.apply('old', by('z'))), undefined);
    assert.equal(noteOf(table.withdraw('held', by('x'))), 1);
  });
});

type Deed = {
  readonly type: 'apply' | 'withdraw' | 'done' | 'leave' | 'forget';
  readonly client: string;
  readonly name: string;
  readonly which: number;
};

const anyDeed: fc.Arbitrary<Deed> = fc.record({
  type: fc.constantFrom<Deed['type']>('apply', 'apply', 'apply', 'withdraw', 'done', 'leave', 'forget'),
  client: fc.constantFrom('x', 'y', 'z'),
  name: fc.constantFrom('a', 'b'),
  which: fc.nat(9),
});

interface Known extends Candidate<string> {
  readonly name: string;
}

/** What those know who apply: what they were told. */
class World {
  readonly table = new OnceTable<string>();
  waiting: Known[] = [];
  holding: Known[] = [];
  readonly leaving = new Set<string>();
  readonly terms: number[] = [];
  #n = 0;

  do({ type, client, name, which }: Deed): void {
    if (type === 'apply') {
      this.#n += 1;
      const candidate = { client, n: this.#n, name };
      this.waiting.push(candidate);
      this.#hear(this.table.apply(name, candidate));
      return;
    }
    if (type === 'leave') {
      this.leaving.add(client);
      const effects = this.table.leave(client);
      const handedOver = effects.filter((effect) => effect.type === 'hand-over').length;
      assert.equal(handedOver, this.holding.filter((each) => each.client === client).length);
      this.#hear(effects);
      assert(!this.waiting.some((each) => each.client === client), 'who leaves waits for nothing');
      return;
    }
    if (type === 'forget') {
      this.leaving.delete(client);
      this.#drop((each) => each.client === client);
      this.#hear(this.table.forget(client));
      return;
    }
    const own = [...this.holding, ...this.waiting].filter((each) => each.client === client);
    const gone = own[which % Math.max(1, own.length)];
    if (!gone) return;
    const isHolder = this.holding.includes(gone);
    const others = this.waiting.filter((each) => each.name === gone.name && each !== gone);
    this.#drop((each) => each === gone);
    const effects = this.table[type](gone.name, gone);
    if (type === 'done' && isHolder) {
      assert.deepEqual(
        effects.map((effect) => [effect.type, effect.candidate.n]),
        others.map(({ n }) => ['done', n]),
      );
    }
    this.#hear(effects);
  }

  #drop(isGone: (known: Known) => boolean): void {
    this.holding = this.holding.filter((each) => !isGone(each));
    this.waiting = this.waiting.filter((each) => !isGone(each));
  }

  #hear(effects: Effects): void {
    for (const effect of effects) {
      if (effect.type === 'hand-over') continue;
      const known = this.waiting.find(({ n }) => n === effect.candidate.n);
      assert(known, 'only who waits is told something');
      if (effect.type === 'begin') {
        assert(!this.leaving.has(known.client), 'who leaves does not begin');
        assert.equal(
          this.waiting.find(({ name }) => name === known.name),
          known,
          'the first begins',
        );
        assert(effect.term > (this.terms.at(-1) ?? 0), 'terms only grow');
        this.terms.push(effect.term);
      }
      this.#drop((each) => each === known);
      if (effect.type === 'begin') this.holding.push(known);
    }
  }
}

describe('whatever becomes of those who would do a job', () => {
  it('one does it, nobody is forgotten, and terms only grow', () => {
    fc.assert(
      fc.property(fc.array(anyDeed, { maxLength: 60 }), (deeds) => {
        const world = new World();
        for (const deed of deeds) {
          world.do(deed);
          for (const name of ['a', 'b']) {
            const holders = world.holding.filter((each) => each.name === name);
            const waiting = world.waiting.filter((each) => each.name === name);
            assert(holders.length <= 1, 'one at a time');
            assert(waiting.length === 0 || holders.length === 1, 'nobody waits for a job that nobody does');
          }
        }
      }),
    );
  });
});
