import type { SupervisedEnd } from '../api/supervisor.ts';
import { duration } from '../core/duration.ts';

/** Why a worker ended, in words that follow its name. */
export function endText(reason: SupervisedEnd): string {
  switch (reason.kind) {
    case 'exit':
      return `exited with code ${reason.code}`;
    case 'signal':
      return `was ended by ${reason.signal}`;
    case 'uncaught':
      return `ended of an error that nobody caught: ${firstLine(reason.error.replace(SOURCE, ''))}`;
    case 'out-of-memory':
      return 'ran out of memory';
    case 'hang':
      return `was ended after it was silent for ${duration(reason.silentMs)}`;
    case 'memory-limit':
      return `has left, as it used ${Math.round(reason.memoryMb)} MiB of memory`;
    case 'ready-timeout':
      return `was not ready after ${duration(reason.timeoutMs)}`;
    case 'drain':
      if (reason.isForced) return 'was ended: its time to finish its connections was over';
      return reason.cause === 'stop' ? 'stopped' : 'has left';
    case 'spawn':
      return `could not be started: ${firstLine(reason.error)}`;
    default:
      return reason satisfies never;
  }
}

/** Node puts where a syntax error is, and that line of the source, before its name. */
const SOURCE = /^.+:\d+\n.*\n *\^+\n\s*/;

function firstLine(text: string): string {
  return text.trimStart().split('\n', 1)[0] ?? '';
}
