import { createRequire } from 'node:module';

import { inRoot } from './paths.ts';

// Test programs are run as they are, without a compiler, and have the same limits.
const limits = createRequire(import.meta.url)(inRoot('test/support/limits.cjs')) as {
  readonly PACE: string;
  readonly limitMs: (quietMs: number) => number;
};

/** The environment variable by which a run tells its test files how slow this machine is. */
export const PACE: string = limits.PACE;

/** How long something may take on this machine, in whole ms, if it may take `quietMs` on a quiet one with two cores. */
export const limitMs: (quietMs: number) => number = limits.limitMs;
