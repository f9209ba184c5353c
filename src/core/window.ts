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
