import { FLEET_WARNING_CODES } from '../errors.ts';

/** What was warned of: a listener that throws may do so at each message of each host. */
const warned = new Set<string>();

/** Calls a listener of the program; what it throws is a warning, told once for each place, and breaks nothing. */
export function tell(what: string, listener: () => void): void {
  try {
    listener();
  } catch (error) {
    warn(what, error);
  }
}

/** The same for one that takes its time. */
export async function tellAsync(what: string, listener: () => Promise<void>): Promise<void> {
  try {
    await listener();
  } catch (error) {
    warn(what, error);
  }
}

function warn(what: string, error: unknown): void {
  if (warned.has(what)) return;
  warned.add(what);
  const code = 'FLEET_LISTENER_FAILED';
  const fact = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(FLEET_WARNING_CODES[code], {
    type: 'FleetWarning',
    code,
    detail: `For ${what}: ${fact}`,
  });
}
