import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';
import { runProgram } from '../support/program.ts';

interface Statistics {
  readonly percentile: (sorted: readonly number[], percent: number) => number | null;
  readonly medians: (rounds: readonly Record<string, number | null>[]) => Record<string, number | null>;
}
interface Load {
  readonly ratePerS: number;
  readonly seconds: number;
  readonly seed: number;
  readonly mix: readonly (readonly [number, string])[];
}
interface Arrivals {
  readonly arrivals: (load: Load) => { atMs: number; path: string }[];
}
interface Target {
  readonly value: number | null;
  readonly state: string;
}
interface Targets {
  readonly ratioTarget: (options: object) => Target;
  readonly figureTarget: (options: object) => Target;
}
interface Readme {
  readonly writeResults: (page: string, results: object) => string;
}
interface Plot {
  readonly plotRow: (row: object) => { light: string; dark: string };
}

const { percentile, medians } = await loadModule<Statistics>('measure/statistics.js');
const { arrivals } = await loadModule<Arrivals>('load/arrivals.js');
const { ratioTarget, figureTarget } = await loadModule<Targets>('report/targets.js');
const { writeResults } = await loadModule<Readme>('report/readme.js');
const { plotRow } = await loadModule<Plot>('report/plot.js');

const OURS = { id: 'ours', title: 'Ours & co' };
const THEIRS = { id: 'theirs', title: 'Theirs' };
const ABSENT = { id: 'absent', title: 'Absent' };
const SIDES = [
  { ...THEIRS, state: 'measured', figures: { ms: 20 } },
  { ...OURS, state: 'measured', figures: { ms: 10 } },
  { ...ABSENT, state: 'not available', reason: 'no such policy' },
];
const ASKED = { what: 'A wait', sides: SIDES, key: 'ms', unit: 'ms', ours: OURS, theirs: THEIRS };
const RESULTS = {
  environment: { node: 'v0.0.0', platform: 'none', cpu: '2 x none' },
  rows: [
    { title: 'Waits', state: 'measured', targets: [ratioTarget({ ...ASKED, atMost: 0.6 })] },
    { title: 'Others', state: 'not available', reason: 'no | Node', targets: [] },
  ],
};

describe('the benchmarks', () => {
  it('load all their rows', async () => {
    const { code, stdout, stderr } = await runProgram(inRoot('bench/run.js'), {
      cluster: 'node',
      args: ['--list'],
    });
    assert.equal(code, 0, stderr);
    const listed = stdout.split('\n').flatMap((line) => /^\S+/.exec(line) ?? []);
    const files = readdirSync(inRoot('bench/rows')).map((file) => file.replace('.js', ''));
    assert.deepEqual(listed.toSorted(), files.toSorted());
  });
});

describe("the benchmarks' statistics", () => {
  it('take the middle, or the mean of the two in the middle', () => {
    assert.equal(median(3, 1, 2), 2);
    assert.equal(median(4, 1, 3, 2), 2.5);
    assert.equal(median(null), null);
  });

  it('take a percentile that was measured', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1);
    assert.equal(percentile(hundred, 50), 50);
    assert.equal(percentile(hundred, 99), 99);
    assert.equal(percentile(hundred, 100), 100);
    assert.equal(percentile([7], 1), 7);
    assert.equal(percentile([], 50), null);
  });

  it('leave out what a round could not tell', () => {
    assert.deepEqual(
      medians([
        { a: 1, b: 5 },
        { a: 3, b: null },
        { a: 2, b: 7 },
      ]),
      { a: 2, b: 6 },
    );
  });
});

describe("the benchmarks' arrivals", () => {
  const load = {
    ratePerS: 1000,
    seconds: 10,
    seed: 1,
    mix: [
      [0.95, '/2'],
      [0.05, '/40'],
    ],
  } as const;

  it('are the same for the same seed only', () => {
    assert.deepEqual(arrivals(load), arrivals(load));
    assert.notDeepEqual(arrivals(load), arrivals({ ...load, seed: 2 }));
  });

  it('come at the rate and in the mix that were asked for', () => {
    const requests = arrivals(load);
    const long = requests.filter(({ path }) => path === '/40');
    assert(Math.abs(requests.length - 10_000) < 400, String(requests.length));
    assert(Math.abs(long.length / requests.length - 0.05) < 0.01, String(long.length));
    assert(requests.every(({ atMs }, i) => atMs >= (requests[i - 1]?.atMs ?? 0) && atMs < 10_000));
  });
});

describe("the benchmarks' targets", () => {
  it('are reached at their limit, and not beyond it', () => {
    assert.equal(ratioTarget({ ...ASKED, atMost: 0.5 }).state, 'reached');
    assert.equal(ratioTarget({ ...ASKED, atMost: 0.49 }).state, 'not reached');
    assert.equal(ratioTarget({ ...ASKED, atLeast: 0.6 }).state, 'not reached');
    assert.equal(figureTarget({ ...ASKED, atMost: 10 }).state, 'reached');
  });

  it('are not available when a side is not', () => {
    assert.deepEqual(
      [
        ratioTarget({ ...ASKED, ours: ABSENT, atMost: 1 }),
        ratioTarget({ ...ASKED, theirs: ABSENT, atMost: 1 }),
        figureTarget({ ...ASKED, ours: ABSENT, atMost: 1 }),
      ].map(({ value, state }) => [value, state]),
      Array.from({ length: 3 }, () => [null, 'not available']),
    );
  });
});

describe("the benchmarks' part of a page", () => {
  const page = 'before\n\n<!-- bench:begin -->\nold\n<!-- bench:end -->\n\nafter\n';

  it('takes the place of what was between the marks, and of nothing else', () => {
    const written = writeResults(page, RESULTS);
    assert(written.startsWith('before\n\n<!-- bench:begin -->\n'));
    assert(written.endsWith('\n<!-- bench:end -->\n\nafter\n'));
    assert(!written.includes('old'));
    assert.equal(writeResults(written, RESULTS), written);
  });

  it('has a line for each target, and for each row that is not available', () => {
    const lines = writeResults(page, RESULTS).split('\n');
    assert(lines.some((line) => /^\| A wait: .*\| 0\.50 x +\| at most 0\.60 x \| reached/.test(line)));
    assert(lines.some((line) => line.startsWith('| Others ') && line.includes('no \\| Node')));
    const widths = new Set(lines.filter((line) => line.startsWith('|')).map((line) => line.length));
    assert.equal(widths.size, 1);
  });

  it('is not written into a page without marks', () => {
    assert.throws(() => writeResults('page', RESULTS), /lacks/);
  });
});

describe("the benchmarks' plots", () => {
  const row = { plot: { key: 'ms', title: 'A "wait" < 1 s', unit: 'ms' }, sides: SIDES };

  it('are the same for the same results', () => {
    assert.deepEqual(plotRow(row), plotRow(row));
  });

  it('show every side, in both themes', () => {
    const { light, dark } = plotRow(row);
    assert.notEqual(light, dark);
    for (const svg of [light, dark]) {
      assert.equal(svg.match(/<rect /g)?.length, 2);
      assert(svg.includes('Ours &amp; co') && svg.includes('not available'));
      assert(svg.includes('A &quot;wait&quot; &lt; 1 s'));
    }
  });
});

function median(...figures: readonly (number | null)[]): unknown {
  return medians(figures.map((a) => ({ a })))['a'];
}

async function loadModule<T>(file: string): Promise<T> {
  return (await import(inRoot('bench', file))) as T;
}
