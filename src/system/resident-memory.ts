import { debug } from './debug.ts';

let lastBytes = 0;

/** Of this process; what it was before, where no descriptor is left to read it by, of which nobody is to die. */
export function residentMemory(): number {
  try {
    lastBytes = process.memoryUsage.rss();
  } catch (error) {
    debug('cannot tell how much memory there is: %s', (error as Error).message);
  }
  return lastBytes;
}
