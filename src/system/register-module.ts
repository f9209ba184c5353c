import { realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { packageFile } from './package-files.ts';

const REGISTER_FILE = 'register.cjs';

/** Whether a module name on a Node.js command line means `grappolo/register`. */
export function isRegisterSpecifier(specifier: string): boolean {
  if (specifier === 'grappolo/register') return true;
  try {
    const file = specifier.startsWith('file:') ? fileURLToPath(specifier) : path.resolve(specifier);
    if (path.basename(file) !== REGISTER_FILE) return false;
    return realpathSync(file) === realpathSync(packageFile(REGISTER_FILE));
  } catch {
    return false;
  }
}
