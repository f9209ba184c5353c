import { closeSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** What is longer has been put together from many files, of which any may speak of clusters. */
const MAX_BYTES = 256 * 1024;

/** Whether a program's text forks workers of a cluster where it finds itself to be the primary. */
export function hasOwnPrimary(source: string): boolean {
  const code = source.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
  return (
    /(["'`])(?:(?:node:)?cluster|grappolo)\1/.test(code) &&
    /\bis(?:Primary|Master)\b/.test(code) &&
    /\bfork\s*\(/.test(code)
  );
}

/** What people are to know of a file with a branch that will not run; `undefined` where nothing is known of one. */
export function ownPrimaryHint(file: string): string | undefined {
  if (!hasOwnPrimary(readStart(file))) return undefined;
  return (
    `${file} forks workers in a primary of its own: that part does not run here, where each process is a worker of ` +
    `grappolo's. To run it: node --import grappolo/register ${file}`
  );
}

/** The text of a program as node finds it; empty where it is too long or cannot be read. */
function readStart(file: string): string {
  let descriptor: number | undefined;
  try {
    const full = path.resolve(file);
    descriptor = openSync(createRequire(full).resolve(full), 'r');
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    const length = readSync(descriptor, bytes, 0, bytes.length, 0);
    return length > MAX_BYTES ? '' : bytes.toString('utf8', 0, length);
  } catch {
    return '';
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
