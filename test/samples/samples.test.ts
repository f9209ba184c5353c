import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';

import { limitMs } from '../support/limits.ts';
import { inRoot } from '../support/paths.ts';
import { startProgram } from '../support/program.ts';
import type { ClusterKind, Program } from '../support/program.ts';
import { scenariosOf } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';

/**
 * The code samples of the documentation of node:cluster, as ES modules and as CommonJS. Each prints and answers the
 * same on node:cluster, on this library in its place, and when the sample imports this library by its own name.
 */
const PROGRAMS = inRoot('test/samples/programs');
const KINDS = ['node', 'import', 'require', 'name'] as const;

/** On Node 20, and some versions of 22 and 24, a worker that is an ES module can lose what is sent to it early. */
const LOSES_EARLY_MESSAGES = ['cluster-workers.mjs', 'worker-send.mjs'];

mkdirSync(inRoot('.build'), { recursive: true });
const copies = mkdtempSync(inRoot('.build', 'samples-'));
after(() => rmSync(copies, { recursive: true, force: true }));

for (const name of readdirSync(PROGRAMS).toSorted()) {
  if (!/\.[cm]js$/.test(name)) continue;
  describe(`the sample ${name}`, { concurrency: 3 }, () => {
    for (const scenario of scenariosOf(path.parse(name).name)) {
      for (const kind of KINDS) {
        it(
          [...(scenario.args ?? []), 'runs as documented on', titleOf(kind)].join(' '),
          { skip: skipOf(name, kind) },
          async (t) => {
            const cluster: ClusterKind = kind === 'name' ? 'node' : kind;
            const program = startProgram(
              t,
              kind === 'name' ? copyWithName(name) : path.join(PROGRAMS, name),
              {
                cluster,
                args: scenario.args ?? [],
                cwd: PROGRAMS,
                env: { PORT: '0', WORKERS: '2', PATIENCE: `${limitMs(2000)}` },
              },
            );
            await check(program, scenario);
          },
        );
      }
    }
  });
}

async function check(program: Program, { drive, driven, end, stdout }: Scenario): Promise<void> {
  const result = await drive?.(program);
  if (end === 'SIGTERM') program.child.kill('SIGTERM');
  const outcome = await program.ended;
  assert.equal(outcome.isHung, false, `${outcome.stdout}\n${outcome.stderr}`);
  assert.deepEqual(linesOf(outcome.stdout), stdout.toSorted(), outcome.stderr);
  assert.deepEqual(result, driven);
  assert.equal(outcome.signal ?? outcome.code, end, outcome.stderr);
}

/** Several processes print: the order of their lines is chance, and so are process ids, ports and timer ticks. */
function linesOf(stdout: string): string[] {
  return stdout
    .replaceAll(/\b(Primary|[Ww]orker|port) \d+/g, '$1 N')
    .replaceAll(/:\d+$/gm, ':N')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('numReqs'))
    .toSorted();
}

/** The sample with this library's name in place of node:cluster's; from here the name leads to the built package. */
function copyWithName(name: string): string {
  const text = readFileSync(path.join(PROGRAMS, name), 'utf8');
  assert(text.includes("'node:cluster'"), `${name} does not ask for 'node:cluster'`);
  const copy = path.join(copies, name);
  writeFileSync(copy, text.replaceAll("'node:cluster'", "'grappolo'"));
  return copy;
}

function skipOf(name: string, kind: (typeof KINDS)[number]): string | false {
  return kind === 'node' && LOSES_EARLY_MESSAGES.includes(name)
    ? 'node:cluster loses the message on some versions of Node'
    : false;
}

function titleOf(kind: (typeof KINDS)[number]): string {
  switch (kind) {
    case 'node':
      return 'node:cluster';
    case 'import':
      return 'grappolo by --import';
    case 'require':
      return 'grappolo by --require';
    case 'name':
      return 'grappolo by its name';
    default:
      return kind satisfies never;
  }
}
