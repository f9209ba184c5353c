import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';

import * as fc from 'fast-check';

import { Screen } from '../../src/cli/screen.ts';
import { limitMs } from '../support/limits.ts';
import { FakeTerminal } from './fake-terminal.ts';

/** Longer than two frames are apart. */
const FRAME_MS = 300;

function open(terminal: FakeTerminal, table: readonly string[]): Screen {
  return new Screen(terminal, () => table, { reflows: true });
}

function rowsOf(count: number, text = 'row'): string[] {
  return Array.from({ length: count }, (_, index) => `${text} ${index}`);
}

describe('Screen', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'setInterval'] }));
  afterEach(() => mock.timers.reset());

  it('shows its lines below what is printed, and the cursor below them', () => {
    const terminal = new FakeTerminal(40, 10);
    const screen = open(terminal, ['A', 'B']);
    screen.print(['one', 'two']);
    mock.timers.tick(FRAME_MS);
    screen.print(['three']);
    mock.timers.tick(FRAME_MS);
    assert.deepEqual(terminal.text, ['one', 'two', 'three', 'A', 'B']);
    assert.deepEqual(terminal.cursor, { row: 5, column: 0 });
    assert(terminal.isCursorShown);
    screen.close();
    assert.deepEqual(terminal.text, ['one', 'two', 'three']);
    assert.deepEqual(terminal.cursor, { row: 3, column: 0 });
  });

  it('keeps everything that was printed in the scroll-back', () => {
    const terminal = new FakeTerminal(20, 5);
    const screen = open(terminal, ['A', 'B']);
    for (let at = 0; at < 40; at += 4) {
      screen.print(rowsOf(4, `line ${at / 4}`));
      mock.timers.tick(FRAME_MS);
    }
    const expected = Array.from({ length: 10 }, (_, index) => rowsOf(4, `line ${index}`)).flat();
    assert.deepEqual(terminal.text, [...expected, 'A', 'B']);
    screen.close();
    assert.deepEqual(terminal.text, expected);
  });

  it('writes what was printed just before the end, and what comes after it', () => {
    const terminal = new FakeTerminal(20, 5);
    const screen = open(terminal, ['A']);
    screen.print(['last']);
    screen.close();
    screen.print(['late']);
    screen.close();
    assert.deepEqual(terminal.text, ['last', 'late']);
  });

  it('says how many lines have no room', () => {
    const terminal = new FakeTerminal(20, 6);
    const screen = open(terminal, rowsOf(15));
    screen.print(['printed']);
    mock.timers.tick(FRAME_MS);
    assert.deepEqual(terminal.text, ['printed', 'row 0', 'row 1', 'row 2', '… 12 more']);
    screen.close();
  });

  it('cuts lines that are too wide, and never wraps one', () => {
    const terminal = new FakeTerminal(10, 6);
    const screen = open(terminal, ['0123456789abc', '漢字漢字漢字', '012345678']);
    mock.timers.tick(FRAME_MS);
    assert.deepEqual(terminal.text, ['01234567…', '漢字漢字…', '012345678']);
    screen.close();
  });

  it('lets no line move the cursor, whatever it holds', () => {
    const terminal = new FakeTerminal(30, 10);
    const screen = open(terminal, ['A\u001B[2J']);
    screen.print([
      '10%\r20%',
      'up\u001B[5A',
      '\u001B]0;title\u0007named',
      'bell\u0007\b',
      '\u009B1Jgone\u001B',
    ]);
    mock.timers.tick(FRAME_MS);
    assert.deepEqual(terminal.text, ['10%20%', 'up', 'named', 'bell', 'gone', 'A']);
    screen.close();
  });

  it('writes nothing while nothing changes, so that text can be selected', () => {
    const terminal = new FakeTerminal(30, 10);
    let table = ['A'];
    const screen = new Screen(terminal, () => table, { reflows: true });
    mock.timers.tick(FRAME_MS);
    assert.equal(terminal.frames, 1);
    for (let second = 0; second < 5; second += 1) mock.timers.tick(1000);
    assert.equal(terminal.frames, 1);
    table = ['B'];
    mock.timers.tick(2000);
    assert.deepEqual({ text: terminal.text, frames: terminal.frames }, { text: ['B'], frames: 2 });
    screen.close();
  });

  for (const reflows of [true, false]) {
    it(`finds its lines again in a narrower window that ${reflows ? 'breaks' : 'cuts'} them`, () => {
      const terminal = new FakeTerminal(40, 12, reflows);
      const screen = new Screen(terminal, () => ['A'.repeat(30), 'B'.repeat(21)], { reflows });
      screen.print(rowsOf(6));
      mock.timers.tick(FRAME_MS);
      terminal.resize(11, 12);
      mock.timers.tick(FRAME_MS);
      assert.deepEqual(terminal.text, [...rowsOf(6), `${'A'.repeat(9)}…`, `${'B'.repeat(9)}…`]);
      terminal.resize(40, 12);
      mock.timers.tick(FRAME_MS);
      assert.deepEqual(terminal.text, [...rowsOf(6), 'A'.repeat(30), 'B'.repeat(21)]);
      screen.close();
    });
  }

  it('draws anew below what others wrote while it was stopped', () => {
    const terminal = new FakeTerminal(30, 10);
    const screen = open(terminal, ['A', 'B']);
    mock.timers.tick(FRAME_MS);
    terminal.type('[1]+ Stopped\r\n$ fg\r\n');
    process.emit('SIGCONT', 'SIGCONT');
    mock.timers.tick(FRAME_MS);
    assert.deepEqual(terminal.text, ['A', 'B', '[1]+ Stopped', '$ fg', 'A', 'B']);
    screen.close();
  });

  it('leaves no listener behind', () => {
    const terminal = new FakeTerminal(30, 10);
    const count = (): number[] => [
      process.listenerCount('exit'),
      process.listenerCount('SIGCONT'),
      terminal.listenerCount('resize'),
    ];
    const before = count();
    const screen = open(terminal, ['A']);
    assert.deepEqual(
      count(),
      before.map((listeners) => listeners + 1),
    );
    screen.close();
    assert.deepEqual(count(), before);
  });

  it('does not trust a terminal that says it has no size', () => {
    const terminal = new FakeTerminal(80, 24);
    Object.assign(terminal, { columns: 0, rows: 0 });
    const screen = open(terminal, ['A', 'B']);
    screen.update();
    Object.assign(terminal, { columns: 80, rows: 24 });
    mock.timers.tick(FRAME_MS);
    assert.deepEqual(terminal.text, ['A', 'B']);
    screen.close();
  });
});

type Step =
  | { readonly type: 'print'; readonly texts: readonly string[] }
  | { readonly type: 'table'; readonly lines: readonly string[] }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly type: 'wait' };

const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'x',
        ' ',
        '漢',
        'é',
        '🍇',
        '\t',
        '\r',
        '\u001B[31m',
        '\u001B[0m',
        '\u001B[2A',
        '\u001B[J',
      ),
      fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join('').replaceAll('\t', ' '));
const anySteps = (isResized: boolean): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      fc.record({ type: fc.constant('print' as const), texts: fc.array(anyText, { maxLength: 6 }) }),
      fc.record({ type: fc.constant('table' as const), lines: fc.array(anyText, { maxLength: 8 }) }),
      fc.record({ type: fc.constant('wait' as const) }),
      ...(isResized
        ? [
            fc.record({
              type: fc.constant('resize' as const),
              columns: fc.integer({ min: 6, max: 60 }),
              rows: fc.integer({ min: 1, max: 14 }),
            }),
          ]
        : []),
    ),
    { maxLength: 20 },
  );

/** Performs the steps, and gives the numbers of the lines and of the table's rows as they stand from top to bottom. */
function perform(terminal: FakeTerminal, steps: readonly Step[], reflows = true): void {
  let table: readonly string[] = [];
  let printed = 0;
  const screen = new Screen(terminal, () => table.map((line, index) => `<${index}>${line}`), { reflows });
  for (const step of steps) {
    switch (step.type) {
      case 'print':
        screen.print(step.texts.map((text) => `(${(printed += 1)})${text.replaceAll(/[()<>]/g, '')}`));
        break;
      case 'table':
        table = step.lines.map((line) => line.replaceAll(/[()<>]/g, ''));
        screen.update();
        break;
      case 'resize':
        terminal.resize(step.columns, step.rows);
        break;
      case 'wait':
        mock.timers.tick(FRAME_MS);
        break;
      default:
        step satisfies never;
    }
  }
  screen.print([]);
  screen.update();
  mock.timers.tick(1000);
  assert(terminal.isCursorShown);
  assert.equal(terminal.cursor.column, 0);
  const whole = terminal.text.join('');
  assert.deepEqual(
    [...whole.matchAll(/\((\d+)\)/g)].map(([, number]) => Number(number)),
    Array.from({ length: printed }, (_, index) => index + 1),
  );
  const fitting = terminal.rows > 2 ? terminal.rows - 2 : terminal.rows - 1;
  const shown = table.length <= fitting ? table.length : Math.max(0, fitting - 1);
  const bottom = terminal.above.slice(terminal.above.length - Math.min(table.length, fitting));
  assert.deepEqual(
    bottom.map((line) => line.slice(0, line.startsWith('…') ? 1 : 3)),
    [
      ...Array.from({ length: shown }, (_, index) => `<${index}>`.slice(0, 3)),
      ...(shown < table.length && fitting > 0 ? ['…'] : []),
    ],
  );
  assert.deepEqual(terminal.text.length <= terminal.above.length, true, 'something is below the cursor');
  screen.close();
}

describe('Screen, whatever happens', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'setInterval'] }));
  afterEach(() => mock.timers.reset());

  it('has its table at the bottom, once, and every printed line once above it, in order', () => {
    fc.assert(
      fc.property(
        anySteps(false),
        fc.integer({ min: 6, max: 50 }),
        fc.integer({ min: 1, max: 12 }),
        (steps, columns, rows) => {
          const terminal = new FakeTerminal(columns, rows);
          perform(terminal, steps);
          // Once it is closed, nothing of the table is left, wherever that was.
          assert.doesNotMatch(terminal.text.join(''), /<\d+>/);
        },
      ),
    );
  });

  it('loses no printed line in a window that changes its size', () => {
    fc.assert(
      fc.property(anySteps(true), (steps) => {
        perform(new FakeTerminal(40, 10), steps);
      }),
    );
  });

  it('nor where the terminal does not break lines anew', () => {
    fc.assert(
      fc.property(anySteps(true), (steps) => {
        // What such a terminal cuts off is lost, so nothing gets narrower than a line's number.
        const wide = steps.map((step) =>
          step.type === 'resize' ? { ...step, columns: Math.max(8, step.columns) } : step,
        );
        perform(new FakeTerminal(40, 10, false), wide, false);
      }),
    );
  });
});

describe('Screen, in real time', () => {
  it('draws at most four frames a second', async () => {
    const terminal = new FakeTerminal(40, 10);
    let count = 0;
    const screen = new Screen(terminal, () => [`update ${(count += 1)}`], { reflows: true });
    const startMs = performance.now();
    // However long a turn takes, the second frame comes.
    while (performance.now() - startMs < 600 || terminal.frames < 2) {
      assert(performance.now() - startMs < limitMs(10_000), 'there is no second frame');
      screen.update();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const elapsedMs = performance.now() - startMs;
    // A timer that is set late in a long turn of the event loop counts from the turn's begin.
    assert(terminal.frames <= 2 + elapsedMs / 250, `${terminal.frames} frames in ${elapsedMs} ms`);
    screen.close();
  });
});
