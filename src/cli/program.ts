import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Whether node would find a program by this name: as it is, with an extension, or as a folder's index. */
export function isProgram(file: string): boolean {
  const full = path.resolve(file);
  try {
    return existsSync(createRequire(full).resolve(full));
  } catch {
    return false;
  }
}

export function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
