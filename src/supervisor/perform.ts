import type { GrappoloFailure, Supervisor } from '../api/supervisor.ts';
import type { Deed, Verdict } from '../ops/instance.ts';

/** Does what somebody wants of a supervisor, and says how it ended. */
export async function perform(supervisor: Supervisor, deed: Deed): Promise<Verdict> {
  try {
    await run(supervisor, deed);
    return { type: 'done', status: supervisor.status() };
  } catch (error) {
    return failedBy(error);
  }
}

/** What an error says of why something was not done. */
export function failedBy(error: unknown): Extract<Verdict, { type: 'failed' }> {
  if (!(error instanceof Error)) return { type: 'failed', code: 'Error', message: String(error) };
  const { code = error.name, message, failure } = error as Partial<GrappoloFailure> & Error;
  return { type: 'failed', code, message, failure };
}

async function run(supervisor: Supervisor, deed: Deed): Promise<void> {
  switch (deed.command) {
    case 'reload':
      await supervisor.reload();
      return;
    case 'scale':
      await supervisor.scale(deed.workers);
      return;
    case 'replace':
      await supervisor.replace(deed.slot);
      return;
    default:
      deed satisfies never;
  }
}
