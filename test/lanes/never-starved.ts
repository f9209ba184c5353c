import type { StarvationWatch } from '../../src/system/starvation.ts';

/** A worker that never waits for a core. */
export const NEVER_STARVED: StarvationWatch = { look: () => false, forget: () => {} };
