import { GrappoloError } from '../../core/errors.ts';
import { mainProgram, nativeRequire, requireFrom } from '../../system/native-require.ts';
import type { Schedule } from './schedule.ts';

/** As much of croner as is needed: https://croner.56k.guru. */
interface Croner {
  readonly Cron: new (
    pattern: string,
    options: { readonly paused: true; readonly timezone?: string },
  ) => { nextRun(after: globalThis.Date): globalThis.Date | null };
}

/** What croner may read: 5 fields, 6 with seconds, 7 with years; a nickname such as `@daily`; a time such as `2027-01-01T00:00:00`. */
const MAYBE_CRON = /^(?:\S+(?:\s+\S+){4,6}|@\w+|\d{4}-\d.*)$/;

/**
 * The schedule of a cron expression.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_NO_CRON where the package `croner` is not installed, ERR_GRAPPOLO_INVALID_SCHEDULE
 */
export function cronSchedule(expression: string, timeZone: string | undefined): Schedule {
  if (!MAYBE_CRON.test(expression.trim()))
    throw invalidSchedule(`'${expression}', which has neither 5 nor 6 fields`);
  const { Cron } = loadCroner();
  try {
    const cron = new Cron(expression, {
      paused: true,
      ...(timeZone === undefined ? undefined : { timezone: timeZone }),
    });
    // A time zone that is none is noticed here.
    cron.nextRun(new globalThis.Date());
    return { next: (afterMs) => cron.nextRun(new globalThis.Date(afterMs))?.getTime() };
  } catch (error) {
    throw invalidSchedule(`'${expression}': ${(error as Error).message}`, error);
  }
}

export function invalidSchedule(why: string, cause?: unknown): GrappoloError {
  return new GrappoloError(
    'ERR_GRAPPOLO_INVALID_SCHEDULE',
    `Cannot follow the schedule ${why}. It is a number of ms from 1 on, or a cron expression such as '*/5 * * * *'`,
    { cause },
  );
}

function loadCroner(): Croner {
  try {
    return nativeRequire('croner') as Croner;
  } catch {
    // Beside the program, where this package is somewhere else.
  }
  try {
    return requireFrom(mainProgram())('croner') as Croner;
  } catch (error) {
    throw new GrappoloError(
      'ERR_GRAPPOLO_NO_CRON',
      "Cannot read cron expressions: the package croner is not installed. Run 'npm install croner', or give a number of ms",
      { cause: error },
    );
  }
}
