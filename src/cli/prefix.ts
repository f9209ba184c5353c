import tty from 'node:tty';

import type { WorkerOutput } from '../index.ts';
import { closeStyles, styled } from './escapes.ts';
import type { Style } from './escapes.ts';
import type { OutputStream } from './screen.ts';

/** Readable on light and dark grounds; neighbours are unlike. */
const COLORS: readonly Style[] = [
  'cyan',
  'yellow',
  'magenta',
  'green',
  'blue',
  'bright-green',
  'bright-blue',
];

export interface PrefixOptions {
  readonly color: boolean;
  /** How many digits the highest slot has. */
  readonly width: number;
}

/** A worker's line behind its slot. It keeps its own colours, which end with it. */
export function prefixed({ slot, line }: WorkerOutput, { color, width }: PrefixOptions): string {
  const prefix = `[${String(slot).padStart(width)}]`;
  const style = COLORS[slot % COLORS.length];
  return `${color && style ? styled(prefix, style) : prefix} ${closeStyles(line)}`;
}

/** Whether a stream shows colours: a terminal that can, or any with FORCE_COLOR, unless NO_COLOR says otherwise. */
export function showsColors({ isTTY }: OutputStream, env: NodeJS.ProcessEnv): boolean {
  const isAsked = isTTY === true || env['FORCE_COLOR'] !== undefined;
  // It asks the environment alone.
  return isAsked && tty.WriteStream.prototype.getColorDepth(env) > 1;
}
