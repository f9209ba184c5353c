import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { limitMs } from '../../support/limits.ts';
import { until } from '../../support/load.ts';
import type { Running } from '../running.ts';

/** What a supervising process holds that was started with the probe. */
export interface Holdings {
  readonly descriptors: number;
  readonly memoryMb: number;
  /** After a collection of garbage. */
  readonly heapMb: number;
  /** What Node keeps, such as pipes and timers, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Control clients part within a second. */
const PARTING_MS = limitMs(1200);
const LOOKS = 10;
const LOOK_MS = 20;
/** By how much the heap and the memory may grow from the middle to the end, and how much else may come and go. */
const HEAP_NOISE_MB = 1.5;
const MEMORY_NOISE_MB = 30;
const NOISE = 2;
/** A queue takes three, and two workers may not have theirs yet. */
const DESCRIPTOR_NOISE = 6;

/** To be asked for when it is calm. */
export async function measureHoldings(running: Running): Promise<Holdings> {
  await sleep(PARTING_MS);
  let { descriptors, memoryMb } = running.holdings();
  // What passes through it is there for a moment only.
  for (let i = 0; i < LOOKS; i += 1) {
    await sleep(LOOK_MS);
    descriptors = Math.min(descriptors, running.holdings().descriptors);
  }
  return { descriptors, memoryMb, ...(await probe(running)) };
}

/** What is more at the end than it may be, in words. */
export function growthOf(holdings: readonly Holdings[], workers: number): readonly string[] {
  const [first, ...rest] = holdings;
  const last = rest.at(-1);
  const middle = rest[Math.floor(rest.length / 2)];
  if (!first || !middle || !last) return [];
  const kinds = Object.keys(last.resources).map((kind) => {
    // Timers come and go with what they are for.
    const noise = kind === 'Timeout' ? 2 * workers : NOISE;
    return growth(kind, first.resources[kind] ?? 0, last.resources[kind] ?? 0, noise);
  });
  return [
    growth('descriptors', first.descriptors, last.descriptors, DESCRIPTOR_NOISE),
    growth('heap in MiB', middle.heapMb, last.heapMb, HEAP_NOISE_MB),
    growth('memory in MiB', middle.memoryMb, last.memoryMb, MEMORY_NOISE_MB),
    ...kinds,
  ].flat();
}

function growth(what: string, before: number, after: number, noise: number): readonly string[] {
  return after > before + noise ? [`${what}: ${before}, and ${after} at the end`] : [];
}

async function probe(running: Running): Promise<Pick<Holdings, 'heapMb' | 'resources'>> {
  const file = path.join(running.folder, 'probe.json');
  rmSync(file, { force: true });
  running.program.child.kill('SIGUSR2');
  await until('the probe has answered', () => existsSync(file));
  const { heapBytes, resources } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly heapBytes: number;
    readonly resources: Readonly<Record<string, number>>;
  };
  return { heapMb: heapBytes / 2 ** 20, resources };
}
