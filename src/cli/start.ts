import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import cluster, { setupPrimary } from '../index.ts';
import { usableCpus } from '../system/cpus.ts';
import type { StartRequest } from './arguments.ts';
import { Fleet } from './fleet.ts';
import { STOP_SIGNALS } from './report.ts';

const WORKER_SIGNALS_FILE = fileURLToPath(new URL('worker-signals.cjs', import.meta.url));

export interface Printer {
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
}

/** Whether node would find a program by this name: as it is, with an extension, or as a folder's index. */
export function isProgram(file: string): boolean {
  const full = path.resolve(file);
  try {
    return existsSync(createRequire(full).resolve(full));
  } catch {
    return false;
  }
}

/** Runs a program on workers until it is stopped, and gives the command's exit code. */
export async function start(request: StartRequest, printer: Printer): Promise<number> {
  const { file, workers, policy, args } = request;
  // oxlint-disable-next-line import/no-named-as-default-member -- It is set on the object; the export is a copy.
  if (policy !== undefined) cluster.schedulingPolicy = policy;
  setupPrimary({
    exec: path.resolve(file),
    args: [...args],
    execArgv: ['--require', WORKER_SIGNALS_FILE, ...process.execArgv],
  });
  const fleet = new Fleet({ file, workers: workers === 'max' ? usableCpus() : workers, ...printer });
  for (const signal of STOP_SIGNALS) process.on(signal, () => fleet.stop(signal));
  // Should the command itself fail, workers that are too busy to notice would stay behind.
  process.on('exit', () => fleet.killAll());
  return fleet.ended;
}
