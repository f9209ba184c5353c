import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * What is missing where node would find no program by this name: as it is, with an extension, or as a folder's main or
 * index. `undefined` where it finds one.
 */
export function missingProgram(file: string): string | undefined {
  const full = path.resolve(file);
  if (isProgram(full)) return undefined;
  return isFolder(full) ? missingMain(file) : `No such file: ${file}`;
}

export function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isProgram(full: string): boolean {
  try {
    return existsSync(createRequire(full).resolve(full));
  } catch {
    return false;
  }
}

/** What was looked for, and what its package starts with, as far as it says so. */
function missingMain(folder: string): string {
  const { main, scripts } = readManifest(folder);
  const looked = typeof main === 'string' ? `main of package.json (${main}) nor an index.js` : 'index.js';
  const start =
    typeof main === 'string' ? `neither the ${looked}` : `no ${looked}, and no main in package.json`;
  const own = scripts?.['start'];
  const hint = typeof own === 'string' ? `; its start script is "${own}"` : '';
  return `No program in the folder ${folder}: ${start}. Give the file that node is to run${hint}.`;
}

interface Manifest {
  readonly main?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>> | null;
}

function readManifest(folder: string): Manifest {
  try {
    return (JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest | null) ?? {};
  } catch {
    return {};
  }
}
