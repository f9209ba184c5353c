import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { HALF } from '../support/half.ts';
import { PACE } from '../support/limits.ts';
import { killMarked, MARK, survivors } from './marked-processes.ts';
import { parseRecords } from './record.ts';
import type { TestRecord } from './record.ts';

/** A compiled test file, and the Node that runs it. */
export interface TestFile {
  readonly file: string;
  readonly node: string;
  /** Which half of the tests that it shares with another version. Default: all of them. */
  readonly half?: 0 | 1 | undefined;
}

export interface FileResult {
  readonly records: readonly TestRecord[];
  /** What was wrong with the file as a whole. */
  readonly problems: readonly string[];
  readonly tookMs: number;
}

/** How slow the machine is, and how long a file may run on a quiet one. */
export interface Limits {
  readonly pace: number;
  readonly limitMs: number;
}

/** How long after a test file its processes may take to end, on a quiet machine. */
const LEAVING_LIMIT_MS = 2000;
const REPORTER = fileURLToPath(new URL('./reporter.js', import.meta.url));
const OUTPUT_LINES = 40;

/** Runs a test file to its end, and sees that nothing of it is left running; what is, is ended. */
export async function runFile(file: TestFile, limits: Limits): Promise<FileResult> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'grappolo-test-'));
  try {
    return await runWith(file, path.join(folder, 'records'), limits);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runWith(
  { node, file, half }: TestFile,
  report: string,
  { pace, limitMs: quietLimitMs }: Limits,
): Promise<FileResult> {
  const startedMs = performance.now();
  const mark = randomUUID();
  const args = [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${report}`, file];
  const child = spawn(node, args, {
    env: {
      ...process.env,
      [MARK]: mark,
      [PACE]: String(pace),
      ...(half !== undefined && { [HALF]: String(half) }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  let isHung = false;
  const limitMs = quietLimitMs * pace;
  const timer = setTimeout(() => {
    isHung = true;
    child.kill('SIGKILL');
  }, limitMs);
  const closed = once(child, 'close');
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  const left = isHung ? [] : await survivors(mark, LEAVING_LIMIT_MS * pace);
  await killMarked(mark);
  // What is left running, and cannot be ended, holds the output open.
  await Promise.race([closed, delay(LEAVING_LIMIT_MS * pace, undefined, { ref: false })]);

  const records = readRecords(report);
  const hasFailed = records.some(({ type }) => type === 'failed');
  const problems = left.map(({ pid, command }) => `left running: ${pid} ${command}`);
  if (isHung) problems.push(`hangs: not done after ${Math.round(limitMs / 1000)} s, in ${underway(records)}`);
  else if (code !== 0 && !hasFailed) problems.push(`ended with ${code ?? signal}:\n${lastLines(output)}`);
  else if (records.length === 0) problems.push('holds no test');
  return { records, problems, tookMs: performance.now() - startedMs };
}

function readRecords(report: string): readonly TestRecord[] {
  try {
    return parseRecords(readFileSync(report, 'utf8'));
  } catch {
    return [];
  }
}

/** What has begun and is not told to have ended. Of what hangs, only that it began is told. */
function underway(records: readonly TestRecord[]): string {
  const over = new Set(records.filter(({ type }) => type !== 'began').map(({ name }) => name));
  const begun = records.filter(({ type, name }) => type === 'began' && !over.has(name));
  return begun.map(({ name }) => `"${name}"`).join(', ') || 'no test';
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-OUTPUT_LINES).join('\n');
}
