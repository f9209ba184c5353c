import { readFileSync } from 'node:fs';

/** Gives the content of a file, or `undefined` where it cannot be read. */
export type ReadFile = (file: string) => string | undefined;

export const tryToRead: ReadFile = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};
