import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * What is missing where node would find no program by this name: as it is, with an extension, or as a folder's main or
 * index. `undefined` where it finds one.
 */
export function missingProgram(file: string): string | undefined {
  const full = path.resolve(file);
  if (programEntry(full) !== undefined) return undefined;
  return isFolder(full) ? missingMain(file) : `No such file: ${file}`;
}

export function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The file that node runs by this name, its links followed; `undefined` where there is none. */
export function programEntry(file: string): string | undefined {
  const full = path.resolve(file);
  try {
    const entry = createRequire(full).resolve(full);
    return existsSync(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** The version that the nearest package.json above a program has, of those that have one. */
export function packageVersion(file: string): string | undefined {
  let folder = path.dirname(programEntry(file) ?? path.resolve(file));
  for (;;) {
    const { version } = readManifest(folder);
    if (typeof version === 'string') return version;
    const above = path.dirname(folder);
    if (above === folder) return undefined;
    folder = above;
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
  readonly version?: unknown;
  readonly scripts?: Readonly<Record<string, unknown>> | null;
}

function readManifest(folder: string): Manifest {
  try {
    return (JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest | null) ?? {};
  } catch {
    return {};
  }
}
