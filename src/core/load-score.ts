/** An event loop that turns faster than this is as good as any. */
const SHORTEST_TURN_MS = 0.05;

/** How long a new connection would have to wait at a worker, in arbitrary units: the more, the busier it is. */
export function loadScore({ connections, delayMs }: { connections: number; delayMs: number }): number {
  return (connections + 1) * Math.max(delayMs, SHORTEST_TURN_MS);
}
