import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The project's root, seen from the compiled tests. */
export const ROOT: string = fileURLToPath(new URL('../../../', import.meta.url));

export function inRoot(...parts: string[]): string {
  return path.join(ROOT, ...parts);
}

/** What `--import` is given to put the library in node:cluster's place. */
export const REGISTER_URL: string = pathToFileURL(inRoot('dist/register.cjs')).href;
export const REGISTER_FILE: string = inRoot('dist/register.cjs');
