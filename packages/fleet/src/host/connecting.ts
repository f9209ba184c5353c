import type { Engine } from '../engine/engine.ts';
import { FleetError } from '../errors.ts';
import type { Runtime } from '../machines/runtime.ts';
import type { Troubles } from './troubles.ts';

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/**
 * Opens an engine, and tries again for as long as it takes: nobody needs it to serve.
 *
 * @returns what gives it up; an engine that is opened after that is closed
 */
export function connecting(
  open: () => Promise<Engine>,
  runtime: Runtime,
  troubles: Troubles,
  onOpen: (engine: Engine) => void,
): () => void {
  let isGivenUp = false;
  let cancel: (() => void) | undefined;
  const attempt = async (restMs: number): Promise<void> => {
    let engine: Engine | undefined;
    try {
      engine = await open();
      if (isGivenUp) return await engine.close();
      troubles.over();
      return onOpen(engine);
    } catch (error) {
      // The program's own instance may throw, of which the engine knows nothing.
      await engine?.close();
      if (isGivenUp) return undefined;
      troubles.tell(error);
      // No time makes a wrong option a right one.
      if (error instanceof FleetError && error.code === 'ERR_FLEET_INVALID_ARGUMENT') return undefined;
      // Many hosts lose one engine at the same moment.
      const jitteredMs = restMs * (0.5 + runtime.chance() / 2);
      cancel = runtime.after(jitteredMs, () => void attempt(Math.min(LONGEST_MS, restMs * 2)));
    }
  };
  void attempt(FIRST_MS);
  return () => {
    isGivenUp = true;
    cancel?.();
  };
}
