import { realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const REGISTER_FILE = fileURLToPath(new URL('../register.js', import.meta.url));

/** Whether a module name on a Node.js command line means `grappolo/register`. */
export function isRegisterSpecifier(specifier: string): boolean {
  if (specifier === 'grappolo/register') return true;
  const file = specifier.startsWith('file:') ? tryFileUrl(specifier) : path.resolve(specifier);
  if (file === undefined || path.basename(file) !== path.basename(REGISTER_FILE)) return false;
  if (file === REGISTER_FILE) return true;
  try {
    return realpathSync(file) === realpathSync(REGISTER_FILE);
  } catch {
    return false;
  }
}

function tryFileUrl(url: string): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}
