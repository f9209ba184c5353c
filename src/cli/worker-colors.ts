import tty from 'node:tty';

import { showsColors } from './prefix.ts';
import type { OutputStream } from './screen.ts';

/** How many bits of colour a terminal has, and what FORCE_COLOR calls that. */
const LEVELS: Readonly<Record<number, string>> = { 4: '1', 8: '2', 24: '3' };

/**
 * What workers are to find in their environment: they write to pipes, and what becomes of it may show colours all the
 * same. Nothing where somebody has said what he wants.
 *
 * @param own What is added to their environment anyway.
 */
export function colorEnvironment(
  stdout: OutputStream,
  env: NodeJS.ProcessEnv,
  own: NodeJS.ProcessEnv = {},
): NodeJS.ProcessEnv {
  const isDecided = [env, own].some((each) => 'FORCE_COLOR' in each || 'NO_COLOR' in each);
  if (isDecided || !showsColors(stdout, env)) return {};
  return { FORCE_COLOR: LEVELS[tty.WriteStream.prototype.getColorDepth(env)] };
}
