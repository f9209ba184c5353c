import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** The variable by which all processes of a test file are known, at any depth: they inherit it. */
export const MARK = 'GRAPPOLO_TEST_RUN';

export interface MarkedProcess {
  readonly pid: number;
  readonly command: string;
}

/** The processes that carry a mark and are still there after `graceMs`. Needs /proc; gives none elsewhere. */
export async function survivors(mark: string, graceMs: number): Promise<readonly MarkedProcess[]> {
  const untilMs = performance.now() + graceMs;
  for (;;) {
    const found = markedProcesses(mark);
    if (found.length === 0 || performance.now() > untilMs) return found;
    await delay(20);
  }
}

/** Ends all that carry a mark, also what they start meanwhile; gives up after a second, as on what belongs to another user. */
export async function killMarked(mark: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const left = markedProcesses(mark);
    if (left.length === 0) return;
    for (const { pid } of left) kill(pid);
    await delay(20);
  }
}

function markedProcesses(mark: string): MarkedProcess[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => read(`/proc/${name}/environ`).split('\0').includes(`${MARK}=${mark}`))
    .map((name) => ({
      pid: Number(name),
      command: read(`/proc/${name}/cmdline`).replaceAll('\0', ' ').trim(),
    }));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile, or is not ours to end.
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
