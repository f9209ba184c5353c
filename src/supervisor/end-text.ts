import type { SupervisedEnd } from '../api/supervisor.ts';
import { duration } from '../core/duration.ts';
import { errorLine } from '../core/error-line.ts';

/** Why a worker ended, in words that follow its name. */
export function endText(reason: SupervisedEnd): string {
  switch (reason.kind) {
    case 'exit':
      return `exited with code ${reason.code}`;
    case 'signal':
      return `was ended by ${reason.signal}`;
    case 'uncaught':
      return `ended of an error that nobody caught: ${errorLine(reason.error)}`;
    case 'out-of-memory':
      return 'ran out of memory';
    case 'hang':
      return `was ended after it was silent for ${duration(reason.silentMs)}`;
    case 'memory-limit':
      return `has left, as it used ${Math.round(reason.memoryMb)} MiB of memory`;
    case 'ready-timeout':
      return `was not ready after ${duration(reason.timeoutMs)}`;
    case 'drain':
      if (reason.isKilled) return 'was killed, as all were';
      if (reason.isForced) return 'was ended: its time to finish its connections was over';
      return reason.cause === 'stop' ? 'stopped' : 'has left';
    case 'spawn':
      return `could not be started: ${errorLine(reason.error)}`;
    default:
      return reason satisfies never;
  }
}
