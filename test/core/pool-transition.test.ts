import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { hindrance, openPool, poolTransition } from '../../src/core/pool-transition.ts';
import type { Pool, PoolEffect, PoolEvent, PoolPolicy, PoolStep } from '../../src/core/pool.ts';

const POLICY: PoolPolicy = {
  restart: {
    minDelayMs: 200,
    maxDelayMs: 30_000,
    factor: 2,
    jitter: 0,
    windowMs: 300_000,
    maxFailedStarts: 5,
  },
  maxSurge: () => 1,
  soakMs: 0,
};
const AT = { nowMs: 0, chance: 0.5 };

/** A pool, all effects so far, and a short way to go on. */
class Play {
  pool: Pool;
  effects: PoolEffect[];
  readonly #policy: PoolPolicy;

  constructor(slots: number, policy: Partial<PoolPolicy> = {}) {
    this.#policy = { ...POLICY, ...policy };
    const { pool, effects } = openPool(slots);
    this.pool = pool;
    this.effects = [...effects];
  }

  /** Gives the effects of this event alone. */
  do(event: PoolEvent): readonly PoolEffect[] {
    const step: PoolStep = poolTransition(this.pool, event, this.#policy);
    this.pool = step.pool;
    this.effects.push(...step.effects);
    return step.effects;
  }

  ready(...ids: number[]): this {
    for (const id of ids) this.do({ type: 'ready', id });
    return this;
  }

  end(id: number, nowMs = 0, isDone = false): readonly PoolEffect[] {
    return this.do({ type: 'ended', id, isDone, chance: 0.5, nowMs });
  }
}

function full(slots: number, policy: Partial<PoolPolicy> = {}): Play {
  const play = new Play(slots, policy);
  return play.ready(...play.pool.members.map(({ id }) => id));
}

describe('a pool', () => {
  it('starts one member for each slot, and is full when all are ready', () => {
    const play = new Play(2);
    assert.deepEqual(
      play.effects.map((effect) => effect.type === 'fork' && [effect.member.slot, effect.member.generation]),
      [
        [0, 0],
        [1, 0],
      ],
    );
    assert.deepEqual(play.do({ type: 'ready', id: 1 }), []);
    assert.deepEqual(play.do({ type: 'ready', id: 2 }), [{ type: 'tell-started' }, { type: 'tell-full' }]);
  });

  it('replaces one that was ready at once, then later and later', () => {
    const play = full(1);
    const restarts: (number | undefined)[] = [];
    for (let i = 0; i < 5; i += 1) {
      const id = play.pool.lastId;
      const [told] = play.end(id, i);
      restarts.push(told?.type === 'tell-end' ? told.restartInMs : undefined);
      if (play.pool.waits.has(0)) play.do({ type: 'wait-over', slot: 0 });
      play.ready(play.pool.lastId);
    }
    assert.deepEqual(restarts, [0, 200, 400, 800, 1600]);
  });

  it('gives up after five in a row that were never ready, and only then', () => {
    const play = new Play(4);
    for (const id of [1, 2, 3, 4]) assert(!play.end(id).some(({ type }) => type === 'tell-gave-up'));
    play.do({ type: 'wait-over', slot: 0 });
    const effects = play.end(5);
    assert.deepEqual(effects[1], { type: 'tell-gave-up', failedId: 5, failures: 5 });
    assert.deepEqual(
      effects.map(({ type }) => type),
      [
        'tell-end',
        'tell-gave-up',
        'tell-stopping',
        'cancel-wait',
        'cancel-wait',
        'cancel-wait',
        'tell-ended',
      ],
    );
  });

  it('never gives up while another has been ready', () => {
    const play = new Play(2).ready(1);
    let id = 2;
    for (let i = 0; i < 20; i += 1) {
      play.end(id, i * 1000);
      play.do({ type: 'wait-over', slot: 1 });
      id = play.pool.lastId;
    }
    assert.equal(play.pool.phase, 'running');
    assert(play.effects.some(({ type }) => type === 'tell-started'));
  });

  it('ends where the program is done before anything was ready', () => {
    const play = new Play(2);
    play.end(1, 0, true);
    assert.equal(play.pool.phase, 'running');
    play.end(2, 0, true);
    assert.equal(play.pool.phase, 'ended');
    assert(play.effects.some((effect) => effect.type === 'tell-done' && effect.lastId === 2));
    assert(!play.effects.some(({ type }) => type === 'tell-gave-up'));
  });

  it('kills one that is not ready in time, and starts another later', () => {
    const play = new Play(1);
    assert.deepEqual(play.do({ type: 'ready-timeout', id: 1, ...AT }), [
      { type: 'kill', id: 1, cause: 'ready-timeout' },
      { type: 'wait', slot: 0, delayMs: 200 },
    ]);
    assert.deepEqual(play.end(1), [{ type: 'tell-end', id: 1, restartInMs: undefined }]);
  });

  it('starts another at once for one that hangs', () => {
    const play = full(2);
    const [killed, forked] = play.do({ type: 'hung', id: 1, ...AT });
    assert.deepEqual(killed, { type: 'kill', id: 1, cause: 'hang' });
    assert.equal(forked?.type, 'fork');
  });
});

describe('a member that hangs while it leaves', () => {
  it('is killed, and nobody starts because of it', () => {
    const play = full(1);
    play.do({ type: 'reload' });
    play.ready(2);
    assert.deepEqual(play.do({ type: 'hung', id: 1, ...AT }), [{ type: 'kill', id: 1, cause: 'hang' }]);
    assert.deepEqual(play.end(1), [
      { type: 'tell-end', id: 1, restartInMs: undefined },
      { type: 'tell-reload-done', generation: 1 },
    ]);
  });
});

describe('a reload', () => {
  it('replaces slot after slot, each new one ready before the old one leaves', () => {
    const play = full(2);
    assert.deepEqual(
      play.do({ type: 'reload' }).map(({ type }) => type),
      ['tell-reload-started', 'fork'],
    );
    assert.deepEqual(play.do({ type: 'ready', id: 3 }), [
      { type: 'drain', id: 1, cause: 'reload' },
      { type: 'tell-reload-progress', generation: 1, done: 1 },
      { type: 'fork', member: { id: 4, slot: 1, generation: 1, state: 'starting', replaces: 2 } },
    ]);
    play.ready(4);
    assert.equal(play.pool.operation?.kind, 'reload');
    play.end(1);
    assert.deepEqual(play.end(2), [
      { type: 'tell-end', id: 2, restartInMs: undefined },
      { type: 'tell-reload-done', generation: 1 },
    ]);
    assert.equal(play.pool.generation, 1);
  });

  it('waits until a replacement has soaked', () => {
    const play = full(1, { soakMs: 500 });
    play.do({ type: 'reload' });
    assert.deepEqual(play.do({ type: 'ready', id: 2 }), [{ type: 'soak', id: 2, delayMs: 500 }]);
    assert.deepEqual(play.do({ type: 'soaked', id: 2 })[0], { type: 'drain', id: 1, cause: 'reload' });
  });

  it('fails with a replacement that ends, and whatever was not replaced goes on', () => {
    const play = full(3, { maxSurge: () => 2 });
    play.do({ type: 'reload' });
    const effects = play.end(4);
    assert.deepEqual(effects, [
      { type: 'tell-end', id: 4, restartInMs: undefined },
      { type: 'kill', id: 5, cause: 'reload-failed' },
      { type: 'tell-reload-failed', generation: 1, failedId: 4 },
    ]);
    assert.deepEqual(
      play.pool.members.filter(({ state }) => state === 'ready').map(({ id }) => id),
      [1, 2, 3],
    );
    play.end(5);
    play.do({ type: 'reload' });
    assert.equal(play.pool.operation?.kind === 'reload' && play.pool.operation.generation, 2);
  });

  it('fails with one that dies while it soaks', () => {
    const play = full(1, { soakMs: 500 });
    play.do({ type: 'reload' });
    play.ready(2);
    assert(play.end(2).some(({ type }) => type === 'tell-reload-failed'));
    assert.deepEqual(play.do({ type: 'soaked', id: 2 }), []);
  });

  it('goes on where a worker dies that waits to be replaced: its replacement starts at once', () => {
    const play = full(3);
    play.do({ type: 'reload' });
    const [, forked] = play.end(3);
    assert.deepEqual(forked, {
      type: 'fork',
      member: { id: 5, slot: 2, generation: 1, state: 'starting', replaces: undefined },
    });
  });

  it('is not begun twice', () => {
    const play = full(1);
    play.do({ type: 'reload' });
    assert.equal(hindrance(play.pool, 'reload'), 'reload');
    assert.equal(hindrance(play.pool, 'scale'), 'reload');
    assert.deepEqual(play.do({ type: 'reload' }), []);
  });
});

describe('the replacement of one', () => {
  it('is there and ready before the old one leaves, in the same generation', () => {
    const play = full(2);
    assert.deepEqual(play.do({ type: 'replace', slot: 1 }), [
      { type: 'tell-replace-started', slot: 1 },
      { type: 'fork', member: { id: 3, slot: 1, generation: 0, state: 'starting', replaces: 2 } },
    ]);
    assert.deepEqual(play.do({ type: 'ready', id: 3 }), [{ type: 'drain', id: 2, cause: 'replace' }]);
    assert.equal(play.pool.operation?.kind, 'replace');
    assert.deepEqual(play.end(2), [
      { type: 'tell-end', id: 2, restartInMs: undefined },
      { type: 'tell-replace-done', slot: 1 },
    ]);
    assert.equal(play.pool.operation, undefined);
  });

  it('fails where it ends, and the old one goes on', () => {
    const play = full(1);
    play.do({ type: 'replace', slot: 0 });
    assert.deepEqual(play.end(2), [
      { type: 'tell-end', id: 2, restartInMs: undefined },
      { type: 'tell-replace-failed', slot: 0, failedId: 2 },
    ]);
    assert.deepEqual(
      play.pool.members.map(({ id, state }) => [id, state]),
      [[1, 'ready']],
    );
  });

  it('goes on where the old one dies', () => {
    const play = full(1);
    play.do({ type: 'replace', slot: 0 });
    assert.deepEqual(play.end(1), [{ type: 'tell-end', id: 1, restartInMs: undefined }]);
    assert.deepEqual(
      play.do({ type: 'ready', id: 2 }).map(({ type }) => type),
      ['tell-replace-done', 'tell-full'],
    );
  });

  it('ends the wait of a slot', () => {
    const play = full(1);
    play.end(1);
    play.end(2);
    assert(play.pool.waits.has(0));
    assert.deepEqual(
      play.do({ type: 'replace', slot: 0 }).map(({ type }) => type),
      ['cancel-wait', 'tell-replace-started', 'fork'],
    );
    const effects = play.do({ type: 'ready', id: 3 });
    assert(effects.some(({ type }) => type === 'tell-replace-done'));
  });

  it('waits again where it fails in a slot that is empty', () => {
    const play = full(1);
    play.end(1);
    play.end(2);
    play.do({ type: 'replace', slot: 0 });
    const types = play.end(3).map(({ type }) => type);
    assert.deepEqual(types, ['tell-end', 'tell-replace-failed', 'wait']);
  });

  it('is one that starts already', () => {
    const play = full(1);
    play.end(1);
    assert.deepEqual(play.do({ type: 'replace', slot: 0 }), [{ type: 'tell-replace-started', slot: 0 }]);
    assert(play.do({ type: 'ready', id: 2 }).some(({ type }) => type === 'tell-replace-done'));
  });

  it('is one thing at a time, and of slots that there are', () => {
    const play = full(2);
    assert.deepEqual(play.do({ type: 'replace', slot: 2 }), []);
    play.do({ type: 'replace', slot: 0 });
    for (const kind of ['replace', 'reload', 'scale'] as const)
      assert.equal(hindrance(play.pool, kind), 'replace');
    assert.deepEqual(play.do({ type: 'replace', slot: 1 }), []);
  });

  it('is over where the pool stops', () => {
    const play = full(1);
    play.do({ type: 'replace', slot: 0 });
    const types = play.do({ type: 'stop' }).map(({ type }) => type);
    assert.deepEqual(types, ['tell-stopping', 'drain', 'kill']);
  });
});

describe('another number of slots', () => {
  it('is reached when new slots are ready', () => {
    const play = full(1);
    play.do({ type: 'scale', slots: 3 });
    play.ready(2);
    assert.deepEqual(
      play.do({ type: 'ready', id: 3 }).map(({ type }) => type),
      ['tell-scale-done', 'tell-full'],
    );
  });

  it('ends the start as well, where there are to be fewer', () => {
    const play = new Play(4);
    play.do({ type: 'scale', slots: 2 });
    play.ready(1);
    play.ready(2);
    play.end(3);
    play.end(4);
    assert.equal(play.effects.filter(({ type }) => type === 'tell-started').length, 1);
    assert.equal(play.pool.phase, 'running');
  });

  it('is reached when surplus workers have ended', () => {
    const play = full(3);
    assert.deepEqual(
      play.do({ type: 'scale', slots: 1 }).map(({ type }) => type),
      ['tell-scale-started', 'drain', 'drain'],
    );
    play.end(2);
    assert(play.end(3).some(({ type }) => type === 'tell-scale-done'));
  });

  it('is taken back where a worker of a new slot fails', () => {
    const play = full(1);
    play.do({ type: 'scale', slots: 3 });
    assert.deepEqual(
      play.end(2).map(({ type }) => type),
      ['tell-end', 'kill', 'tell-scale-failed', 'tell-full'],
    );
    assert.equal(play.pool.slots, 1);
  });

  it('may change again before it is reached', () => {
    const play = full(2);
    play.do({ type: 'scale', slots: 4 });
    play.do({ type: 'scale', slots: 3 });
    play.ready(3);
    assert.equal(play.pool.operation?.kind, 'scale');
    assert(play.end(4).some(({ type }) => type === 'tell-scale-done'));
  });
});

describe('a worker over its memory', () => {
  it('leaves when another is ready, one at a time', () => {
    const play = full(2);
    assert.equal(play.do({ type: 'over-memory', id: 1, ...AT })[0]?.type, 'fork');
    assert.deepEqual(play.do({ type: 'over-memory', id: 2, ...AT }), []);
    assert.deepEqual(play.do({ type: 'ready', id: 3 }), [{ type: 'drain', id: 1, cause: 'memory' }]);
    play.end(1);
    assert.equal(play.do({ type: 'over-memory', id: 2, ...AT })[0]?.type, 'fork');
  });

  it('is replaced later and later where that does not help', () => {
    const play = full(1);
    const overAt = (nowMs: number): boolean =>
      play.do({ type: 'over-memory', id: play.pool.lastId, nowMs, chance: 0.5 }).length > 0;
    const replaceAt = (nowMs: number): boolean => {
      const isReplaced = overAt(nowMs);
      play.ready(play.pool.lastId);
      return isReplaced;
    };
    assert(replaceAt(0));
    assert(!replaceAt(199));
    assert(replaceAt(200));
    assert(!replaceAt(599));
    assert(replaceAt(600));
  });

  it('stays where its replacement fails', () => {
    const play = full(1);
    play.do({ type: 'over-memory', id: 1, ...AT });
    play.end(2);
    assert.deepEqual(
      play.pool.members.map(({ id, state }) => [id, state]),
      [[1, 'ready']],
    );
  });

  it('and a reload at the same time end with one worker in each slot', () => {
    const play = full(1);
    play.do({ type: 'over-memory', id: 1, ...AT });
    play.do({ type: 'reload' });
    play.ready(2);
    play.ready(3);
    play.end(1);
    assert(play.end(2).some(({ type }) => type === 'tell-reload-done'));
    assert.deepEqual(
      play.pool.members.map(({ id }) => id),
      [3],
    );
  });
});

/** What the world does next, as numbers that pick from what is possible. */
type Move = readonly [kind: number, pick: number];

const anyMoves: fc.Arbitrary<readonly Move[]> = fc.array(fc.tuple(fc.nat(99), fc.nat(999)), {
  maxLength: 120,
});

/** Plays moves against a pool as the world does: processes end after they were killed or drained, waits run out. */
class World {
  readonly play: Play;
  readonly #canFail: boolean;
  nowMs = 0;

  constructor(slots: number, policy: Partial<PoolPolicy>, canFail: boolean) {
    this.play = new Play(slots, policy);
    this.#canFail = canFail;
  }

  move([kind, pick]: Move): void {
    const { members, waits } = this.play.pool;
    const at = { nowMs: (this.nowMs += 50), chance: (pick % 11) / 10 };
    const member = members[pick % Math.max(1, members.length)];
    const slot = [...waits][pick % Math.max(1, waits.size)];
    if (kind < 45) {
      if (member?.state === 'starting') this.play.do({ type: 'ready', id: member.id });
      else if (member?.state === 'ready') this.play.do({ type: 'soaked', id: member.id });
      else if (member) this.play.do({ type: 'ended', id: member.id, isDone: false, ...at });
    } else if (kind < 55 && slot !== undefined) this.play.do({ type: 'wait-over', slot });
    else if (kind < 62) this.play.do({ type: 'reload' });
    else if (kind < 68) this.play.do({ type: 'scale', slots: 1 + (pick % 6) });
    else if (kind < 72 && member) this.play.do({ type: 'over-memory', id: member.id, ...at });
    else if (kind < 76) this.play.do({ type: 'replace', slot: pick % 6 });
    else if (this.#canFail && member) {
      if (kind < 82) this.play.do({ type: 'ended', id: member.id, isDone: pick % 2 === 0, ...at });
      else if (kind < 88) this.play.do({ type: 'hung', id: member.id, ...at });
      else if (kind < 93) this.play.do({ type: 'ready-timeout', id: member.id, ...at });
      else if (kind < 98) this.play.do({ type: 'leaving', id: member.id, ...at });
    }
  }

  /** Nothing fails any more: all that was begun comes to its end. */
  calmDown(): void {
    for (let i = 0; i < 10_000; i += 1) {
      const { members, waits } = this.play.pool;
      const before = this.play.pool;
      for (const slot of waits) this.play.do({ type: 'wait-over', slot });
      for (const { id, state } of members) {
        if (state === 'starting') this.play.do({ type: 'ready', id });
        else if (state === 'leaving') this.play.end(id, this.nowMs);
        else this.play.do({ type: 'soaked', id });
      }
      if (this.play.pool === before || isSame(this.play.pool, before)) return;
    }
    assert.fail('it never comes to rest');
  }
}

function isSame(one: Pool, other: Pool): boolean {
  return (
    one.members.length === other.members.length && one.members.every((each, i) => each === other.members[i])
  );
}

function checkAlways({ pool }: Play, maxSurge: number): void {
  const serving = pool.members.filter(({ state }) => state !== 'leaving');
  for (const one of serving) {
    const twin = serving.find(
      (other) => other.id > one.id && other.slot === one.slot && other.generation === one.generation,
    );
    assert(!twin || twin.replaces === one.id, `two in slot ${one.slot}, generation ${one.generation}`);
    assert(one.slot < pool.slots, 'one outside of the slots');
  }
  if (pool.phase !== 'running') {
    assert.equal(serving.length, 0);
    assert.equal(pool.waits.size, 0);
    return;
  }
  for (let slot = 0; slot < pool.slots; slot += 1) {
    const isTodo = pool.operation?.kind === 'reload' && pool.operation.todo.includes(slot);
    const isLookedAfter =
      serving.some((member) => member.slot === slot) || pool.waits.has(slot) || pool.done.has(slot) || isTodo;
    assert(isLookedAfter, `slot ${slot} is forgotten`);
  }
  const underway = pool.operation?.kind === 'reload' ? pool.operation.underway : [];
  // One whose predecessor has died is no more than was there before.
  const isBeside = (id: number): boolean => {
    const slot = serving.find((member) => member.id === id)?.slot;
    return serving.some((other) => other.slot === slot && other.id < id);
  };
  assert(underway.filter(isBeside).length <= maxSurge, 'more at once than may be');
}

const anyPolicy = fc.record({
  maxSurge: fc.constantFrom(
    () => 1,
    () => 2,
  ),
  soakMs: fc.constantFrom(0, 500),
});

describe('whatever happens, in whatever order', () => {
  it('no slot is forgotten, or filled twice in one generation; and it always comes to rest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), anyPolicy, anyMoves, (slots, policy, moves) => {
        const world = new World(slots, policy, true);
        for (const move of moves) {
          world.move(move);
          checkAlways(world.play, policy.maxSurge());
        }
        world.calmDown();
        const { pool } = world.play;
        checkAlways(world.play, policy.maxSurge());
        assert.equal(pool.operation, undefined);
        const served = pool.members.filter(({ state }) => state === 'ready').length;
        if (pool.phase === 'running') assert.equal(served + pool.done.size, pool.slots);
        else assert.equal(pool.phase, 'ended');
      }),
      { numRuns: 3000 },
    );
  });

  it('every reload and every replacement ends once, in one way', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), anyPolicy, anyMoves, (slots, policy, moves) => {
        const world = new World(slots, policy, true);
        for (const move of moves) world.move(move);
        world.calmDown();
        world.play.do({ type: 'stop' });
        world.calmDown();
        let underway: string | undefined;
        for (const effect of world.play.effects) {
          const [, kind, step] = /^tell-(reload|replace)-(started|done|failed)$/.exec(effect.type) ?? [];
          if (kind === undefined) continue;
          const what = 'slot' in effect ? `${kind} ${effect.slot}` : kind;
          assert.equal(underway, step === 'started' ? undefined : what);
          underway = step === 'started' ? what : undefined;
        }
        const ends = world.play.effects.filter(({ type }) => type === 'tell-ended');
        assert.equal(ends.length, 1);
        assert.equal(world.play.pool.members.length, 0);
      }),
      { numRuns: 1000 },
    );
  });

  it('as long as no worker fails, no fewer are ready than were promised', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), anyPolicy, anyMoves, (slots, policy, moves) => {
        const world = new World(slots, policy, false);
        world.calmDown();
        let promised = slots;
        for (const move of moves) {
          world.move(move);
          const { pool } = world.play;
          const ready = new Set(
            pool.members.filter(({ state }) => state === 'ready').map(({ slot }) => slot),
          );
          // More are promised when they are there; fewer at once.
          promised = Math.min(promised, pool.slots);
          if (pool.isFull) promised = pool.slots;
          assert(ready.size >= promised, `${ready.size} of ${promised}`);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
