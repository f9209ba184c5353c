/** How many connections a worker may hold that it has not yet taken. */
export interface Window {
  readonly size: number;
}

const MAX_SIZE = 8;
/** A worker that takes a connection within this time is reading promptly. */
const PROMPT_MS = 5;

export const INITIAL_WINDOW: Window = { size: 2 };

/** The window after a worker took a connection: one wider when it was prompt, 1 when it was slow. */
export function afterTaken(window: Window, waitedMs: number): Window {
  if (waitedMs > PROMPT_MS) return { size: 1 };
  return { size: Math.min(MAX_SIZE, window.size + 1) };
}

/** What waits behind others in a worker is to wait no longer than this. */
const BUDGET_MS = 1;
const MAX_QUEUED = 16;

/** How many connections fit into the time budget of a worker that each keeps busy for so long. */
export function windowFor(busyMsPerConnection: number): number {
  return Math.max(1, Math.min(MAX_QUEUED, Math.floor(BUDGET_MS / busyMsPerConnection)));
}

/** The window that a worker says it has, as far as it can be believed. */
export function clampWindow(size: number): number {
  return size >= 1 && size <= MAX_QUEUED ? size : INITIAL_WINDOW.size;
}
