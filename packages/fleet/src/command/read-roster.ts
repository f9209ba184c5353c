import { FleetError } from '../errors.ts';
import { RosterReader } from '../machines/roster-reader.ts';
import { within } from '../machines/runtime.ts';
import type { RosterView } from '../protocol/roster.ts';
import type { Session } from './run.ts';

/** All is told in a moment, or not at all. */
const TRY_MS = 5000;

/** Who is there, as soon as all has been told; `undefined` where that is not so in time. Each try needs a name of its own. */
export async function readRoster(session: Session, name: string): Promise<RosterView | undefined> {
  const { engine, runtime, ttlMs } = session;
  let refusal: unknown;
  let reader: RosterReader | undefined;
  const complete = new Promise<RosterView | undefined>((resolve) => {
    reader = new RosterReader(
      engine,
      runtime,
      { me: name, ttlMs },
      {
        onComplete: resolve,
        onError: (error) => {
          refusal ??= error;
          resolve(undefined);
        },
      },
    );
  });
  try {
    const view = await within(runtime, TRY_MS, complete);
    // What it refuses now it refuses at each try.
    if (!view && refusal instanceof FleetError) throw refusal;
    return view;
  } finally {
    reader?.close();
  }
}
