/** Calls a listener of the program; what it throws is a warning, and breaks nothing. */
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
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`A listener for ${what} threw`, {
    type: 'FleetWarning',
    code: 'FLEET_LISTENER_FAILED',
    detail,
  });
}
