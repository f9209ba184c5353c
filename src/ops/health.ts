import type { SupervisorStatus } from '../api/supervisor.ts';
import { textAnswer } from './answer.ts';
import type { Answer } from './answer.ts';

/** Whether the primary answers; `undefined` where it does not. */
export function livenessAnswer(status: SupervisorStatus | undefined): Answer {
  return status ? textAnswer(200, 'The primary answers') : textAnswer(503, SILENT);
}

/** Whether requests may be sent here: not from the moment on at which the instance stops, whoever is still ready. */
export function readinessAnswer(status: SupervisorStatus | undefined, minReady: number): Answer {
  if (!status) return textAnswer(503, SILENT);
  const { phase, ready, slots } = status;
  if (phase === 'stopping' || phase === 'stopped') return textAnswer(503, `The instance is ${phase}`);
  const isReady = ready >= minReady;
  return textAnswer(isReady ? 200 : 503, `${ready} of ${slots} workers are ready, ${minReady} must be`);
}

export const SILENT = 'The primary does not answer';
