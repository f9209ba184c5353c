import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { limitMs } from '../support/limits.ts';
import { runProgram } from '../support/program.ts';
import type { ProgramOptions } from '../support/program.ts';
import { FOLDER } from './started.ts';

/** Makes one file of a program and the library. */
export interface Bundler {
  readonly name: string;
  /** Behind `node`. */
  readonly command: (input: string, folder: string) => readonly string[];
}

/** A file of an installed package. */
export const bin = (file: string): string => path.join(FOLDER, 'node_modules', file);

export const esbuild = (format: string, file: string): Bundler => ({
  name: `esbuild, ${format}`,
  command: (input, folder) => [
    bin('esbuild/bin/esbuild'),
    input,
    '--bundle',
    '--platform=node',
    `--format=${format}`,
    `--outfile=${path.join(folder, file)}`,
  ],
});

/** A program whose workers answer, and which replaces one of them. */
export const PROGRAM: string = path.join(FOLDER, 'programs/bundled/app.mjs');
/** How connections travel where the library finds what queues need. */
export const QUEUES = process.platform === 'linux' ? 'queue' : 'ipc';

/** The file that a bundler makes of the program in a folder. */
export async function bundle({ command }: Bundler, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const before = new Set(readdirSync(folder));
  await promisify(execFile)(process.execPath, [...command(PROGRAM, folder)], { timeout: limitMs(60_000) });
  const [file, ...others] = readdirSync(folder).filter(
    (name) => /^\w+\.[cm]?js$/.test(name) && !before.has(name),
  );
  assert(file !== undefined && others.length === 0, `${file} and ${others.join()}`);
  return path.join(folder, file);
}

/** Runs the program, in whatever file it is: its workers have to answer, and connections to travel by a lane. */
export async function assertWorks(file: string, lane: string, options: ProgramOptions = {}): Promise<void> {
  const { code, stdout, stderr } = await runProgram(file, {
    cluster: 'node',
    cwd: '/',
    ...options,
    env: { LANE: lane, ...options.env },
  });
  // How the workers ended depends on which of them were still connected.
  const seen = stdout.replace(/^(ended ).*\n/m, '$1');
  assert.deepEqual([code, seen], [0, `workers 2\nworkers 2\nlane ${lane}\nended `], stderr);
  if (lane === QUEUES) assert.equal(stderr, '');
}
