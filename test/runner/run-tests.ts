import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

import { runFile } from './file-run.ts';
import type { FileResult, TestFile } from './file-run.ts';
import { isMostlyWaiting } from './mostly-waiting.ts';
import { measurePace } from './pace.ts';
import { hasFailed, isGreen, MAX_UNSTEADY, summarize } from './summary.ts';
import type { Outcome } from './summary.ts';

/** Test files that are run with one version of Node. */
export interface TestGroup {
  /** The path of its binary. */
  readonly node: string;
  /** Only the files whose path in the folder holds one of these; without any, all. */
  readonly parts: readonly string[];
  /** None of the files whose path holds one of these. */
  readonly except?: readonly string[];
  /** Which half of the tests that two versions share. Default: all of them. */
  readonly half?: 0 | 1;
}

/** As many test files run at once, and one more of those that mostly wait. */
const CONCURRENCY = 2;
/** How long a test file may run on a quiet machine. */
const FILE_LIMIT_MS = 240_000;

/**
 * Runs the compiled test files of a folder, then those that have failed again, each by itself; prints what came of it, and gives
 * whether all is well.
 */
export async function runTests(
  folder: string,
  groups: readonly TestGroup[],
  fileLimitMs = FILE_LIMIT_MS,
): Promise<boolean> {
  const startedMs = performance.now();
  const jobs = groups.flatMap((group) => jobsOf(folder, group));
  let pace = await measurePace();
  tellPace(pace);
  const firsts = new Map<Job, FileResult>();
  const run = async (job: Job): Promise<void> => {
    const result = await runFile(job, { pace, limitMs: fileLimitMs });
    firsts.set(job, result);
    if (!hasFailed(result)) return;
    console.log(`has failed: ${job.title}`);
    pace = await measurePace();
    tellPace(pace);
  };
  const busy = jobs.filter(({ isWaiting }) => !isWaiting);
  const waiting = jobs.filter(({ isWaiting }) => isWaiting);
  await Promise.all([inTurn(busy, CONCURRENCY, run), inTurn(waiting, 1, run)]);

  const isWorthAnother = [...firsts.values()].filter(hasFailed).length <= MAX_UNSTEADY;
  const outcomes = await inTurn(jobs, 1, async (job): Promise<Outcome> => {
    const { title, group } = job;
    const first = firsts.get(job) as FileResult;
    const again =
      isWorthAnother && hasFailed(first) ? await runFile(job, { pace, limitMs: fileLimitMs }) : undefined;
    return { title, group, first, again };
  });
  for (const line of summarize(outcomes, performance.now() - startedMs)) console.log(line);
  return isGreen(outcomes);
}

interface Job extends TestFile {
  readonly title: string;
  readonly group: string;
  readonly isWaiting: boolean;
}

function jobsOf(folder: string, { node, parts, except = [], half }: TestGroup): readonly Job[] {
  const group = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.test\.[cm]?js$/.test(file))
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .filter((file) => !except.some((part) => file.includes(part)))
    .toSorted();
  if (files.length === 0) throw new Error(`No test file matches ${parts.join(' ')}`);
  return files.map((file) => ({
    title: `${file} (Node.js ${group})`,
    group,
    node,
    file: path.join(folder, file),
    half,
    isWaiting: isMostlyWaiting(file),
  }));
}

function tellPace(pace: number): void {
  console.log(`limits are ${pace.toFixed(1)} times those of a quiet machine`);
}

/** Does something with each, `width` of them at once; gives what came of them, in their order. */
async function inTurn<Item, Result>(
  items: readonly Item[],
  width: number,
  deed: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const workers = Array.from({ length: width }, async () => {
    for (const [index, item] of left) results[index] = await deed(item);
  });
  await Promise.all(workers);
  return results;
}
