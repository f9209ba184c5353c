import path from 'node:path';

import type { SupervisorStatus } from '../index.ts';
import { duration } from '../core/duration.ts';
import { placeOf } from './place.ts';
import { cutText } from './terminal-text.ts';

/** How far a reload has come, as its events tell it. */
export interface ReloadProgress {
  readonly generation: number;
  readonly done: number;
  readonly slots: number;
}

/** What is running and how it is, in one line; what matters most comes first, since the end may not have room. */
export function summaryLine(
  { exec, phase, ready, slots, generation, addresses, uptimeMs }: SupervisorStatus,
  {
    width = Infinity,
    reload,
  }: { readonly width?: number; readonly reload?: ReloadProgress | undefined } = {},
): string {
  const parts = [
    path.basename(exec),
    `${ready} of ${slots} ${slots === 1 ? 'worker' : 'workers'} ready`,
    ...phaseParts(phase, reload),
    `generation ${generation}`,
    ...new Set(addresses.map((address) => placeOf(address))),
    `up ${duration(uptimeMs)}`,
  ];
  return cutText(`grappolo: ${parts.join(', ')}`, width);
}

function phaseParts(phase: SupervisorStatus['phase'], reload: ReloadProgress | undefined): readonly string[] {
  if (phase === 'running') return [];
  if (phase !== 'reloading' || !reload) return [phase];
  return [`reload ${reload.generation}: ${reload.done} of ${reload.slots}`];
}
