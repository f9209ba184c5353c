import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/**
 * Runs the compiled tests with the Node that runs this, then makes sure that nothing of them is left running.
 *
 *     node .build/test/run.js [PART ...]      only the test files whose path holds one of the parts
 */
const HERE = path.dirname(fileURLToPath(import.meta.url));

const parts = process.argv.slice(2);
const files = readdirSync(HERE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .toSorted()
  .map((file) => path.join(HERE, file));
if (files.length === 0) {
  console.error(`No test file matches ${parts.join(' ')}`);
  process.exit(2);
}

// Every process that a test starts, at any depth, inherits this.
const mark = `GRAPPOLO_TEST_RUN=${randomUUID()}`;
const [name = '', value] = mark.split('=');
const runner = spawn(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-timeout=600000', ...files],
  {
    env: { ...process.env, [name]: value },
    stdio: 'inherit',
  },
);
const [code] = (await once(runner, 'exit')) as [number | null];
const survivors = await findSurvivors(mark);
for (const survivor of survivors) console.error(`Left running by the tests: ${survivor}`);
process.exitCode = code === 0 && survivors.length === 0 ? 0 : 1;

/** The processes that carry the mark a moment after the run. Needs /proc, so only Linux is checked. */
async function findSurvivors(marked: string): Promise<string[]> {
  if (!existsSync('/proc/self/environ')) return [];
  let found: string[] = [];
  for (let attempt = 0; attempt < 20; attempt += 1) {
    found = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && hasMark(pid, marked));
    if (found.length === 0) return [];
    await delay(100);
  }
  return found.map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
}

function hasMark(pid: string, marked: string): boolean {
  return read(`/proc/${pid}/environ`).split('\0').includes(marked);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
