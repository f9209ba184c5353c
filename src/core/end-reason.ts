import type { Exit } from './lifecycle.ts';

/** Why a worker ended, finer than `exitedAfterDisconnect` can say. */
export type EndReason =
  /** It was disconnected, by either side, and then ended by itself. */
  | { readonly kind: 'disconnect' }
  /** The primary called `worker.kill()` and that signal ended it. */
  | { readonly kind: 'kill'; readonly signal: NodeJS.Signals }
  /** A signal that the primary did not send through `worker.kill()` ended it. */
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  /** It exited by itself. */
  | { readonly kind: 'exit'; readonly code: number }
  /** Its process could not be started. */
  | { readonly kind: 'spawn'; readonly error: Error };

export interface EndFacts {
  readonly exit: Exit;
  readonly exitedAfterDisconnect: boolean;
  readonly killedWith: NodeJS.Signals | undefined;
  readonly spawnError: Error | undefined;
}

export function endReason({ exit, exitedAfterDisconnect, killedWith, spawnError }: EndFacts): EndReason {
  if (spawnError) return { kind: 'spawn', error: spawnError };
  if (exit.signal !== null)
    return { kind: exit.signal === killedWith ? 'kill' : 'signal', signal: exit.signal };
  if (exitedAfterDisconnect && exit.code === 0) return { kind: 'disconnect' };
  return { kind: 'exit', code: exit.code ?? 0 };
}
