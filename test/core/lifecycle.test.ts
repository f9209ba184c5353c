import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { NEWBORN, transition } from '../../src/core/lifecycle.ts';
import type { Exit, Life, LifeEffect, LifeEvent, WorkerState } from '../../src/core/lifecycle.ts';

type Event = LifeEvent<number>;
type Effect = LifeEffect<number>;

const ORDER: readonly WorkerState[] = ['none', 'online', 'listening', 'disconnected', 'dead'];
const EXIT: Exit = { code: 3, signal: null };
const ONLINE: Event = { type: 'online' };
const LISTENING: Event = { type: 'listening', address: 1 };
const CLOSED: Event = { type: 'channel-closed' };
const EXITED: Event = { type: 'exited', exit: EXIT };

interface Trace {
  readonly states: readonly WorkerState[];
  readonly effects: readonly Effect[];
}

/**
 * Feeds events as a worker's record does: what comes back by 'then' comes later, here after as many more events as
 * `delay` says.
 */
function live(events: readonly Event[], delay: number): Trace {
  const queue = [...events];
  const states: WorkerState[] = [NEWBORN.state];
  const performed: Effect[] = [];
  let life: Life = NEWBORN;
  for (let event = queue.shift(); event; event = queue.shift()) {
    const step = transition(life, event);
    life = step.life;
    states.push(life.state);
    for (const effect of step.effects) {
      if (effect.type === 'then') queue.splice(delay, 0, effect.event);
      else performed.push(effect);
    }
  }
  return { states, effects: performed };
}

const anyExit: fc.Arbitrary<Exit> = fc.oneof(
  fc.record({ code: fc.integer({ min: 0, max: 255 }), signal: fc.constant(null) }),
  fc.record({ code: fc.constant(null), signal: fc.constantFrom<NodeJS.Signals>('SIGTERM', 'SIGKILL') }),
);
const beforeTheEnd: fc.Arbitrary<Event> = fc.oneof(
  fc.constant(ONLINE),
  fc.nat().map((address): Event => ({ type: 'listening', address })),
  fc.constant(CLOSED),
);
/** A process exits once; all else may come twice, too late, or never. */
const anyEvents: fc.Arbitrary<Event[]> = fc
  .tuple(
    fc.array(beforeTheEnd, { maxLength: 8 }),
    fc.option(
      anyExit.map((exit): Event => ({ type: 'exited', exit })),
      { nil: undefined },
    ),
    fc.nat(8),
  )
  .map(([events, exited, at]) => (exited ? events.toSpliced(at, 0, exited) : events));
const anyDelay = fc.nat(4);

function count(trace: Trace, type: Effect['type']): number {
  return trace.effects.filter((effect) => effect.type === type).length;
}

describe('transition', () => {
  it('never goes back to an earlier state', () => {
    fc.assert(
      fc.property(anyEvents, anyDelay, (events, delay) => {
        const ranks = live(events, delay).states.map((state) => ORDER.indexOf(state));
        assert.deepEqual(
          ranks,
          ranks.toSorted((a, b) => a - b),
        );
        assert(!ranks.includes(-1));
      }),
    );
  });

  it('emits disconnect and releases exactly once when the channel closes, and never otherwise', () => {
    fc.assert(
      fc.property(anyEvents, anyDelay, (events, delay) => {
        const trace = live(events, delay);
        const expected = events.some((event) => event.type === 'channel-closed') ? 1 : 0;
        assert.equal(count(trace, 'release'), expected);
        assert.equal(count(trace, 'emit-disconnect'), expected);
      }),
    );
  });

  it('emits exit exactly once when the process has exited and its channel has closed, in any order', () => {
    fc.assert(
      fc.property(anyEvents, anyDelay, (events, delay) => {
        const trace = live(events, delay);
        const exited = events.find((event) => event.type === 'exited');
        const isClosed = events.some((event) => event.type === 'channel-closed');
        const emitted = trace.effects.filter((effect) => effect.type === 'emit-exit');
        assert.deepEqual(emitted, exited && isClosed ? [{ type: 'emit-exit', exit: exited.exit }] : []);
        assert.equal(trace.states.at(-1) === 'dead', Boolean(exited && isClosed));
      }),
    );
  });

  it('emits disconnect before exit, and unlists the worker right before exit', () => {
    fc.assert(
      fc.property(anyEvents, anyDelay, (events, delay) => {
        const types = live(events, delay).effects.map((effect) => effect.type);
        const exitAt = types.indexOf('emit-exit');
        assert.equal(types.indexOf('unlist'), exitAt === -1 ? -1 : exitAt - 1);
        if (exitAt !== -1) assert(types.indexOf('emit-disconnect') < exitAt - 1);
        assert(types.indexOf('release') <= types.indexOf('emit-disconnect'));
      }),
    );
  });

  it('emits online at most once, and nothing but exit after disconnect', () => {
    fc.assert(
      fc.property(anyEvents, anyDelay, (events, delay) => {
        const trace = live(events, delay);
        const types = trace.effects.map((effect) => effect.type);
        assert(count(trace, 'emit-online') <= 1);
        const disconnectAt = types.indexOf('emit-disconnect');
        if (disconnectAt === -1) return;
        const later = types.slice(disconnectAt + 1);
        assert.deepEqual(later, later.length === 0 ? [] : ['take-back', 'unlist', 'emit-exit']);
      }),
    );
  });

  it('survives two exits: the second changes nothing once the worker is dead', () => {
    const second: Event = { type: 'exited', exit: { code: 9, signal: null } };
    for (const events of [
      [EXITED, second, CLOSED],
      [CLOSED, EXITED, second],
    ]) {
      const trace = live(events, 0);
      assert.deepEqual(trace.effects.at(-1), { type: 'emit-exit', exit: EXIT });
      assert.equal(count(trace, 'emit-exit'), 1);
    }
  });

  const steps: readonly (readonly [name: string, life: Life, event: Event, next: Life, effects: Effect[]])[] =
    [
      ['none hears online', NEWBORN, ONLINE, { state: 'online' }, [{ type: 'emit-online' }]],
      [
        'none hears listening first',
        NEWBORN,
        LISTENING,
        { state: 'listening' },
        [{ type: 'emit-listening', address: 1 }],
      ],
      ['listening hears online too late', { state: 'listening' }, ONLINE, { state: 'listening' }, []],
      [
        'listening listens again',
        { state: 'listening' },
        LISTENING,
        { state: 'listening' },
        [{ type: 'emit-listening', address: 1 }],
      ],
      [
        'online loses its channel',
        { state: 'online' },
        CLOSED,
        { state: 'disconnected' },
        [{ type: 'release' }, { type: 'emit-disconnect' }],
      ],
      [
        'online exits with its channel open',
        { state: 'online' },
        EXITED,
        { state: 'online', exit: EXIT },
        [{ type: 'expect-close' }],
      ],
      [
        'a process that has exited still says that it listens',
        { state: 'online', exit: EXIT },
        LISTENING,
        { state: 'listening', exit: EXIT },
        [{ type: 'emit-listening', address: 1 }],
      ],
      [
        'a process that has exited loses its channel',
        { state: 'listening', exit: EXIT },
        CLOSED,
        { state: 'disconnected' },
        [{ type: 'release' }, { type: 'then', event: EXITED }, { type: 'emit-disconnect' }],
      ],
      [
        'disconnected exits',
        { state: 'disconnected' },
        EXITED,
        { state: 'dead', exit: EXIT },
        [{ type: 'take-back' }, { type: 'unlist' }, { type: 'emit-exit', exit: EXIT }],
      ],
      [
        'disconnected hears listening too late',
        { state: 'disconnected' },
        LISTENING,
        { state: 'disconnected' },
        [],
      ],
      [
        'dead hears its channel close',
        { state: 'dead', exit: EXIT },
        CLOSED,
        { state: 'dead', exit: EXIT },
        [],
      ],
    ];
  for (const [name, life, event, next, effects] of steps) {
    it(name, () => assert.deepEqual(transition(life, event), { life: next, effects }));
  }
});
