import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { LockTable } from '../../../src/together/locks/lock-table.ts';
import type { LockEffect, LockMode, LockRequest } from '../../../src/together/locks/lock-table.ts';

type Effects = readonly LockEffect<string>[];

const PLAIN = { ifAvailable: false, steal: false };

function asked(client: string, n: number, mode: LockMode = 'exclusive', name = 'a'): LockRequest<string> {
  return { client, n, name, mode };
}

function told(effects: Effects): string[] {
  return effects.map(({ type, request: { client, n } }) => `${type} ${client}${n}`);
}

describe('the table of locks', () => {
  it('grants a lock to one after the other, in their order', () => {
    const table = new LockTable<string>();
    assert.deepEqual(told(table.request(asked('x', 1), PLAIN)), ['granted x1']);
    assert.deepEqual(told(table.request(asked('y', 1), PLAIN)), []);
    assert.deepEqual(told(table.request(asked('x', 2), PLAIN)), []);
    assert.deepEqual(told(table.release('x', 'a', 1)), ['granted y1']);
    assert.deepEqual(told(table.release('y', 'a', 1)), ['granted x2']);
    assert.deepEqual(told(table.release('x', 'a', 2)), []);
    assert.deepEqual([table.held, table.pending], [[], []]);
  });

  it('grants shared ones together, but not past an exclusive one that waits', () => {
    const table = new LockTable<string>();
    assert.deepEqual(told(table.request(asked('x', 1, 'shared'), PLAIN)), ['granted x1']);
    assert.deepEqual(told(table.request(asked('y', 1, 'shared'), PLAIN)), ['granted y1']);
    assert.deepEqual(told(table.request(asked('z', 1), PLAIN)), []);
    assert.deepEqual(told(table.request(asked('x', 2, 'shared'), PLAIN)), []);
    assert.deepEqual(told(table.request(asked('y', 2, 'shared'), PLAIN)), []);
    assert.deepEqual(told(table.forget('x')), []);
    assert.deepEqual(told(table.release('y', 'a', 1)), ['granted z1']);
    assert.deepEqual(told(table.release('z', 'a', 1)), ['granted y2']);
  });

  it('lets those go that waited behind one who gives up', () => {
    const table = new LockTable<string>();
    table.request(asked('x', 1, 'shared'), PLAIN);
    table.request(asked('y', 1), PLAIN);
    table.request(asked('z', 1, 'shared'), PLAIN);
    assert.deepEqual(told(table.release('y', 'a', 1)), ['granted z1']);
  });

  it('has locks of other names beside it', () => {
    const table = new LockTable<string>();
    assert.deepEqual(told(table.request(asked('x', 1, 'exclusive', 'a'), PLAIN)), ['granted x1']);
    assert.deepEqual(told(table.request(asked('y', 1, 'exclusive', 'b'), PLAIN)), ['granted y1']);
  });

  it('steals from all who hold it, and before all who wait', () => {
    const table = new LockTable<string>();
    table.request(asked('x', 1, 'shared'), PLAIN);
    table.request(asked('y', 1, 'shared'), PLAIN);
    table.request(asked('z', 1), PLAIN);
    const effects = table.request(asked('t', 1), { ifAvailable: false, steal: true });
    assert.deepEqual(told(effects), ['stolen x1', 'stolen y1', 'granted t1']);
    // Who has lost it has nothing to release.
    assert.deepEqual(told(table.release('x', 'a', 1)), []);
    assert.deepEqual(told(table.release('t', 'a', 1)), ['granted z1']);
  });

  it('says at once that a lock cannot be had, and forgets who asked', () => {
    const table = new LockTable<string>();
    const options = { ifAvailable: true, steal: false };
    assert.deepEqual(told(table.request(asked('x', 1, 'shared'), options)), ['granted x1']);
    assert.deepEqual(told(table.request(asked('y', 1, 'shared'), options)), ['granted y1']);
    assert.deepEqual(told(table.request(asked('z', 1), options)), ['unavailable z1']);
    table.request(asked('w', 1), PLAIN);
    assert.deepEqual(told(table.request(asked('z', 2, 'shared'), options)), ['unavailable z2']);
    assert.deepEqual(
      table.pending.map(({ client }) => client),
      ['w'],
    );
  });
});

type Deed =
  | {
      readonly type: 'request';
      readonly client: string;
      readonly name: string;
      readonly mode: LockMode;
      readonly how: 'plain' | 'ifAvailable' | 'steal';
    }
  | { readonly type: 'release'; readonly client: string; readonly which: number }
  | { readonly type: 'forget'; readonly client: string };

const anyClient = fc.constantFrom('x', 'y', 'z');
const anyDeed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('request' as const),
      client: anyClient,
      name: fc.constantFrom('a', 'b'),
      mode: fc.constantFrom<LockMode>('exclusive', 'shared'),
      how: fc.constantFrom<'plain' | 'ifAvailable' | 'steal'>(
        'plain',
        'plain',
        'plain',
        'ifAvailable',
        'steal',
      ),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('release' as const), client: anyClient, which: fc.nat(9) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('forget' as const), client: anyClient }) },
);

/** What those know who ask: what they were told. */
class Told {
  readonly table = new LockTable<string>();
  waiting: LockRequest<string>[] = [];
  holding: LockRequest<string>[] = [];
  #n = 0;

  apply(deed: Deed): void {
    if (deed.type === 'forget') {
      this.#drop((request) => request.client === deed.client);
      this.#hear(this.table.forget(deed.client));
    } else if (deed.type === 'release') {
      const own = [...this.holding, ...this.waiting].filter(({ client }) => client === deed.client);
      const gone = own[deed.which % Math.max(1, own.length)];
      if (!gone) return;
      this.#drop((request) => request === gone);
      this.#hear(this.table.release(gone.client, gone.name, gone.n));
    } else {
      this.#n += 1;
      const request = asked(deed.client, this.#n, deed.how === 'steal' ? 'exclusive' : deed.mode, deed.name);
      const isNext = deed.how === 'steal';
      this.waiting = isNext ? [request, ...this.waiting] : [...this.waiting, request];
      const options = { ifAvailable: deed.how === 'ifAvailable', steal: deed.how === 'steal' };
      this.#hear(this.table.request(request, options));
      if (deed.how !== 'plain')
        assert(!this.waiting.includes(request), 'whoever does not wait has an answer');
    }
  }

  #drop(isGone: (request: LockRequest<string>) => boolean): void {
    this.holding = this.holding.filter((request) => !isGone(request));
    this.waiting = this.waiting.filter((request) => !isGone(request));
  }

  #hear(effects: Effects): void {
    for (const { type, request } of effects) {
      if (type === 'granted') {
        const first = this.waiting.find(({ name }) => name === request.name);
        assert.equal(first, request, 'the first of its name is granted');
      }
      this.#drop((each) => each === request);
      if (type === 'granted') this.holding.push(request);
    }
  }
}

describe('whatever is asked of the table of locks', () => {
  it('an exclusive lock has one holder, nobody waits for what is free, and the table knows what was told', () => {
    fc.assert(
      fc.property(fc.array(anyDeed, { maxLength: 60 }), (deeds) => {
        const world = new Told();
        for (const deed of deeds) {
          world.apply(deed);
          for (const name of ['a', 'b']) check(world, name);
        }
        for (const client of ['x', 'y', 'z']) world.apply({ type: 'forget', client });
        assert.deepEqual([world.table.held, world.table.pending], [[], []]);
      }),
    );
  });
});

function check({ table, waiting, holding }: Told, name: string): void {
  const isOfName = (request: LockRequest<string>): boolean => request.name === name;
  const held = holding.filter(isOfName);
  assert.deepEqual(table.held.filter(isOfName), held);
  assert.deepEqual(table.pending.filter(isOfName), waiting.filter(isOfName));
  const isExclusive = held.some(({ mode }) => mode === 'exclusive');
  assert(!isExclusive || held.length === 1, 'an exclusive lock is held alone');
  const [first] = waiting.filter(isOfName);
  if (!first) return;
  assert(held.length > 0, 'nobody waits for what is free');
  assert(isExclusive || first.mode === 'exclusive', 'who shares goes as soon as that can be');
}
