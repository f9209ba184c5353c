import { FleetError } from '../errors.ts';
import { RosterReader } from '../machines/roster-reader.ts';
import type { RosterView } from '../protocol/roster.ts';
import type { Session } from './run.ts';

/** So long nothing may be told of anybody: of many hosts, or over a slow line, all takes longer. */
const IDLE_MS = 5000;

/** Who is there, as soon as all has been told; `undefined` where that does not come. Each try needs a name of its own. */
export async function readRoster(session: Session, name: string): Promise<RosterView | undefined> {
  const { engine, runtime, ttlMs } = session;
  let refusal: unknown;
  let reader: RosterReader | undefined;
  let cancel: (() => void) | undefined;
  const complete = new Promise<RosterView | undefined>((resolve) => {
    const wait = (): void => {
      cancel?.();
      cancel = runtime.after(IDLE_MS, () => resolve(undefined));
    };
    wait();
    reader = new RosterReader(
      engine,
      runtime,
      { me: name, ttlMs },
      {
        onTold: wait,
        onComplete: resolve,
        onError: (error) => {
          refusal ??= error;
          resolve(undefined);
        },
      },
    );
  });
  try {
    const view = await complete;
    // What it refuses now it refuses at each try.
    if (!view && refusal instanceof FleetError) throw refusal;
    return view;
  } finally {
    cancel?.();
    reader?.close();
  }
}
