import type { StartFailure, Supervisor, SupervisorEvent } from '../../api/supervisor.ts';
import { codeOf } from './error-code.ts';
import type { ControlAnswer, ControlRequest } from './protocol.ts';

/** Does what was asked for, and says how it ended; `onEvent` is told what happens meanwhile. */
export async function perform(
  supervisor: Supervisor,
  request: ControlRequest,
  watch: (listener: (event: SupervisorEvent) => void) => () => void,
  onEvent: (event: SupervisorEvent) => void,
): Promise<ControlAnswer> {
  let failure: StartFailure | undefined;
  const unwatch = watch((event) => {
    if (event.type === 'reload-failed' || event.type === 'scale-failed' || event.type === 'replace-failed')
      ({ failure } = event);
    onEvent(event);
  });
  try {
    await run(supervisor, request);
    return { type: 'done', status: supervisor.status() };
  } catch (error) {
    // A request that comes too early fails as well, while somebody else's goes on.
    const isOwn = FAILURES.includes(codeOf(error));
    return { type: 'failed', ...named(error), failure: isOwn ? failure : undefined };
  } finally {
    unwatch();
  }
}

const FAILURES: readonly unknown[] = [
  'ERR_GRAPPOLO_RELOAD_FAILED',
  'ERR_GRAPPOLO_SCALE_FAILED',
  'ERR_GRAPPOLO_REPLACE_FAILED',
];

async function run(supervisor: Supervisor, request: ControlRequest): Promise<void> {
  switch (request.command) {
    case 'status':
    case 'workers':
      return;
    case 'reload':
      await supervisor.reload();
      return;
    case 'scale':
      await supervisor.scale(request.workers);
      return;
    case 'replace':
      await supervisor.replace(request.slot);
      return;
    case 'stop':
      await supervisor.close();
      return;
    default:
      request satisfies never;
  }
}

function named(error: unknown): { code: string; message: string } {
  const code = codeOf(error);
  if (!(error instanceof Error)) return { code: 'Error', message: String(error) };
  return { code: typeof code === 'string' ? code : error.name, message: error.message };
}
