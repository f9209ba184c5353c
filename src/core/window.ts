/** How many connections a worker may hold untaken, as long as it has not said. */
const INITIAL_WINDOW = 2;
/** What waits behind others in a worker is to wait no longer than this. */
const BUDGET_MS = 1;
const MAX_QUEUED = 16;

/** How many connections fit into the time budget of a worker that each keeps busy for so long. */
export function windowFor(busyMsPerConnection: number): number {
  return Math.max(1, Math.min(MAX_QUEUED, Math.floor(BUDGET_MS / busyMsPerConnection)));
}

/** The window that a worker says it has, as far as it can be believed. */
export function clampWindow(size: number): number {
  return size >= 1 && size <= MAX_QUEUED ? size : INITIAL_WINDOW;
}
