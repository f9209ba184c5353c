import type { DrainCause, SupervisedEnd } from '../api/supervisor.ts';
import type { EndReason } from '../core/end-reason.ts';

/** What is known about the end of a supervised worker. */
export interface SupervisedEndFacts {
  readonly reason: EndReason;
  /** Why it was to leave, if it was. */
  readonly leaving: Leaving | undefined;
  /** Whether all were killed before it had ended. */
  readonly isKilled: boolean;
  /** The stack of an error that nobody caught. */
  readonly uncaught: string | undefined;
  /** The last lines that it wrote to stderr. */
  readonly output: readonly string[];
}

export type Leaving =
  | { readonly kind: 'drain'; readonly cause: DrainCause; readonly isOverdue: boolean }
  | { readonly kind: 'memory-limit'; readonly memoryMb: number }
  | { readonly kind: 'hang'; readonly silentMs: number }
  | { readonly kind: 'ready-timeout'; readonly timeoutMs: number };

/** Signals by which one that was to leave may have ended. */
const ENDING_SIGNALS: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL']);

/** Why a worker ended; where it was to leave, that, unless it failed on the way. */
export function supervisedEnd(facts: SupervisedEndFacts): SupervisedEnd {
  const { reason, leaving, isKilled, uncaught, output } = facts;
  if (reason.kind === 'spawn') return { kind: 'spawn', error: reason.error.message };
  if (leaving && leaving.kind !== 'drain') return leaving;
  const isClean = reason.kind === 'disconnect' || (reason.kind === 'exit' && reason.code === 0);
  if (uncaught !== undefined && !isClean) return { kind: 'uncaught', error: uncaught };
  if (isHeapFull(reason, output)) return { kind: 'out-of-memory' };
  const isEnded = 'signal' in reason && ENDING_SIGNALS.has(reason.signal);
  if (leaving && isKilled && 'signal' in reason && reason.signal === 'SIGKILL') {
    return { kind: 'drain', cause: leaving.cause, isForced: true, isKilled };
  }
  if (leaving && (isClean || isEnded)) {
    return { kind: 'drain', cause: leaving.cause, isForced: leaving.isOverdue };
  }
  switch (reason.kind) {
    case 'disconnect':
      return { kind: 'exit', code: 0 };
    case 'exit':
      return reason;
    case 'kill':
    case 'signal':
      return { kind: 'signal', signal: reason.signal };
    default:
      return reason satisfies never;
  }
}

/** V8 says so on stderr, and aborts. */
function isHeapFull(reason: EndReason, output: readonly string[]): boolean {
  const isAbort =
    ('signal' in reason && reason.signal === 'SIGABRT') || ('code' in reason && reason.code === 134);
  return (
    isAbort && output.some((line) => /heap out of memory|FATAL ERROR: .*[Aa]llocation failed/.test(line))
  );
}
