import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { inRoot } from '../support/paths.ts';

/**
 * Who may import whom in src/: a folder, or a file that lies in src/ itself, and the folders and files it knows.
 * ARCHITECTURE.md shows the same as a picture.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  core: [],
  protocol: [],
  schedulers: ['core'],
  system: ['core', 'protocol'],
  lanes: ['core', 'protocol', 'system'],
  api: ['core', 'protocol', 'schedulers'],
  'current-cluster': ['api'],
  primary: ['api', 'core', 'lanes', 'load-hub', 'protocol', 'schedulers', 'system'],
  supervisor: ['api', 'core', 'metrics', 'ops/channel', 'ops/instance', 'protocol', 'system'],
  metrics: ['api', 'protocol'],
  ops: ['api', 'core', 'metrics', 'protocol'],
  'expose-metrics': ['api', 'core', 'current-cluster', 'system'],
  'load-hub': ['api', 'together'],
  together: ['api', 'core', 'load-hub', 'system'],
  worker: ['api', 'core', 'current-cluster', 'protocol', 'system'],
  'load-role': ['api', 'core', 'current-cluster', 'primary', 'supervisor'],
  'this-cluster': ['api', 'current-cluster', 'load-role'],
  index: ['api', 'core', 'protocol', 'schedulers', 'this-cluster'],
  register: ['api', 'core', 'current-cluster', 'load-role', 'primary', 'system'],
  boot: ['worker'],
  cli: [
    'api/fleet-link',
    'api/offer-fleet',
    'api/operations',
    'api/supervisor',
    'core/duration',
    'core/error-code',
    'core/errors',
    'core/nearest',
    'core/policy',
    'core/version',
    'index',
    'metrics',
    'ops',
    'supervisor',
    'this-cluster',
  ],
};

/** What all may know: timers and clocks as they were before the program ran. */
const FOR_ALL = 'own';

/** What programs replace; `own` has it. The command runs in a process of its own. */
const REPLACEABLE =
  /(?<![.\w#])(?:(?:set|clear)(?:Timeout|Interval|Immediate)|queueMicrotask|performance|Date)\b(?!:)|process\.nextTick/;

interface Import {
  /** Files of src/, without extensions. */
  readonly from: string;
  readonly to: string;
}

const SRC = inRoot('src');
const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(?<!\.d)\.c?ts$/.test(file),
);
const SPECIFIERS = FILES.flatMap((file) => specifiersOf(file).map((specifier) => ({ file, specifier })));
const IMPORTS: readonly Import[] = SPECIFIERS.filter(({ specifier }) => specifier.startsWith('.')).map(
  ({ file, specifier }) => ({ from: bare(file), to: bare(path.join(path.dirname(file), specifier)) }),
);

describe('the imports of src/', () => {
  it('are found at all', () => {
    assert(IMPORTS.length > 80, `only ${IMPORTS.length}`);
    assert(IMPORTS.some(({ from, to }) => from === 'boot' && to === 'worker/start'));
  });

  it('lead only where they may', () => {
    const wrong = IMPORTS.filter(
      (edge) => partOf(edge.from) !== partOf(edge.to) && edge.to !== FOR_ALL && !isAllowed(edge),
    );
    assert.deepEqual(wrong, []);
  });

  it('use each way that is allowed', () => {
    const parts = new Set(FILES.map((file) => partOf(bare(file))));
    const unused = Object.entries(ALLOWED)
      .filter(([part]) => parts.has(part))
      .flatMap(([part, targets]) => targets.map((target) => ({ part, target })))
      .filter(
        ({ part, target }) => !IMPORTS.some(({ from, to }) => partOf(from) === part && covers(target, to)),
      );
    assert.deepEqual(unused, []);
  });

  it('form no cycle', () => {
    assert.deepEqual(findCycle(), undefined);
  });

  it("need nothing but Node's own modules", () => {
    const others = SPECIFIERS.filter(({ specifier }) => !/^(\.|node:)/.test(specifier));
    assert.deepEqual(others, []);
  });

  it('leave nothing to globals that programs replace', () => {
    const users = FILES.filter(
      (file) => file !== 'own.ts' && partOf(file) !== 'cli' && !file.endsWith('.cts'),
    )
      .flatMap((file) =>
        codeOf(file)
          .split('\n')
          .map((line) => `${file}: ${line.trim()}`),
      )
      .filter((line) => REPLACEABLE.test(line.replace(/'[^']*'/g, '')));
    assert.deepEqual(users, []);
  });

  it('are what ARCHITECTURE.md shows', () => {
    const picture = /```mermaid\n(.*?)```/s.exec(readFileSync(inRoot('ARCHITECTURE.md'), 'utf8'))?.[1] ?? '';
    const shown = [...picture.matchAll(/^ *([\w-]+) --> (.+)$/gm)].flatMap(([, from, targets]) =>
      (targets ?? '').split(' & ').map((to) => `${from} --> ${to}`),
    );
    const allowed = Object.entries(ALLOWED).flatMap(([from, targets]) =>
      targets.map((to) => `${from} --> ${to}`),
    );
    assert.deepEqual(shown.toSorted(), allowed.toSorted());
  });
});

/** What a file imports, be it for types only. */
function specifiersOf(file: string): string[] {
  const text = codeOf(file);
  const found = [
    ...text.matchAll(/^(?:import|export|\}) [^'\n]*from '([^']+)';$/gm),
    ...text.matchAll(/^import '([^']+)';$/gm),
    ...text.matchAll(/\b(?:import|require)\('([^']+)'\)/g),
  ];
  return found.map(([, specifier]) => String(specifier));
}

/** A file without its comments. */
function codeOf(file: string): string {
  return readFileSync(path.join(SRC, file), 'utf8').replaceAll(/\/\*.*?\*\/|(?<![:'])\/\/.*?$/gms, '');
}

function bare(file: string): string {
  return file
    .replace(/\.c?[jt]s$/, '')
    .split(path.sep)
    .join('/');
}

/** The folder of a file, or the file itself where it lies in src/. */
function partOf(file: string): string {
  return file.split('/')[0] ?? file;
}

function isAllowed({ from, to }: Import): boolean {
  const targets = ALLOWED[partOf(from)];
  assert(targets, `nothing says what ${partOf(from)} may import`);
  return targets.some((target) => covers(target, to));
}

function covers(target: string, file: string): boolean {
  return file === target || partOf(file) === target;
}

/** The files of one import cycle, if there is any. */
function findCycle(): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    done.add(file);
    for (const { from, to } of IMPORTS) {
      const cycle = from === file ? visit(to, [...trail, file]) : undefined;
      if (cycle) return cycle;
    }
    return undefined;
  };
  for (const { from } of IMPORTS) {
    const cycle = visit(from, []);
    if (cycle) return cycle;
  }
  return undefined;
}
