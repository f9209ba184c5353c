import { existsSync } from 'node:fs';
import path from 'node:path';

import { GrappoloError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { mainProgram, requireFrom } from './native-require.ts';
import { tryToRead } from './read-file.ts';

/** Where this code lies; nowhere in the output of a bundler for ES modules. */
const HERE: string = import.meta.dirname;

/**
 * Where a built file of this package lies: beside this code, or, where a bundler has moved that, in the package as the main
 * program sees it. Looked for each time: an installation may have taken it away or replaced it.
 *
 * @throws ERR_GRAPPOLO_FILES_MISSING, ERR_GRAPPOLO_VERSION_CHANGED.
 */
export function packageFile(name: string): string {
  const beside = HERE === '' ? '' : path.join(HERE, name);
  if (beside !== '' && existsSync(beside)) {
    assertVersion(path.join(HERE, '..', 'package.json'));
    return beside;
  }
  const manifest = manifestSeenByProgram();
  const file = manifest && path.join(path.dirname(manifest), 'dist', name);
  if (!file || !existsSync(file)) throw missing(name, beside);
  assertVersion(manifest);
  return file;
}

/** The manifest of this package as the main program sees it. */
export function manifestSeenByProgram(): string | undefined {
  try {
    return requireFrom(mainProgram()).resolve('grappolo/package.json');
  } catch {
    return undefined;
  }
}

/** Where it cannot be read nobody knows: who has copied the code by hand may have left it, and descriptors may be lacking. */
function assertVersion(manifest: string): void {
  const text = tryToRead(manifest);
  if (text === undefined) return;
  const { name, version } = JSON.parse(text) as Record<string, unknown>;
  if (name !== 'grappolo' || version === VERSION) return;
  throw new GrappoloError(
    'ERR_GRAPPOLO_VERSION_CHANGED',
    `Cannot start a worker: this primary runs grappolo ${VERSION}, and ${path.dirname(manifest)} holds ${String(version)} by now. Start the primary anew.`,
  );
}

function missing(name: string, beside: string): GrappoloError {
  const places = [...(beside === '' ? [] : [beside]), `the package 'grappolo' as ${mainProgram()} sees it`];
  return new GrappoloError(
    'ERR_GRAPPOLO_FILES_MISSING',
    `Cannot start a worker: ${name} is neither ${places.join(', nor in ')}. Has a bundler moved the code, or an installation taken the package away? Install grappolo where the program finds it, and tell the bundler that it is external.`,
  );
}
