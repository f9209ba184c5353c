/** How long an address without a worker is kept at most, in ms. */
const MAX_KEPT_MS = 10_000;
/** How long a worker that has begun to listen elsewhere may still come to this address as well, in ms. */
const SECOND_LISTEN_MS = 1000;

/** An address that no worker uses any more, and the workers that may still come to it. */
export interface Unused {
  readonly sinceMs: number;
  /** By the id of each: since when it listens elsewhere, as far as it does. */
  readonly successors: ReadonlyMap<number, number | undefined>;
}

export type SuccessionEvent =
  | { readonly type: 'forked'; readonly worker: number }
  /** A worker listens, on another address. */
  | { readonly type: 'listening'; readonly worker: number; readonly nowMs: number }
  | { readonly type: 'ended'; readonly worker: number };

/** `waiting` are the workers that live and do not listen anywhere yet. */
export function becomeUnused(waiting: readonly number[], nowMs: number): Unused {
  return { sinceMs: nowMs, successors: new Map(waiting.map((worker) => [worker, undefined])) };
}

export function succeed(unused: Unused, event: SuccessionEvent): Unused {
  const successors = new Map(unused.successors);
  const { worker } = event;
  switch (event.type) {
    case 'forked':
      successors.set(worker, undefined);
      break;
    case 'listening':
      if (successors.has(worker)) successors.set(worker, successors.get(worker) ?? event.nowMs);
      break;
    case 'ended':
      successors.delete(worker);
      break;
    default:
      event satisfies never;
  }
  return { ...unused, successors };
}

/** When the address is to be closed, if nothing happens before: when nobody may come any more, or it was kept for long enough. */
export function closesAtMs({ sinceMs, successors }: Unused): number {
  const untilMs = [...successors.values()].map((listensSinceMs) =>
    listensSinceMs === undefined ? Infinity : listensSinceMs + SECOND_LISTEN_MS,
  );
  return Math.min(sinceMs + MAX_KEPT_MS, Math.max(sinceMs, ...untilMs));
}
