import { GrappoloError } from '../core/errors.ts';
import { jsonAnswer, refusal } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Body } from './body.ts';
import { SILENT } from './health.ts';
import type { Deed, Instance, Verdict } from './instance.ts';
import type { AskedDeed } from './routes.ts';

type Value = Extract<Body, { type: 'value' }>['value'];

/** What is asked for, or why that cannot be understood: 400. */
export function deedOf(asked: AskedDeed, value: Value): Deed | Answer {
  const { workers, ...unknown } = value ?? {};
  const [surplus] = Object.keys(unknown);
  if (surplus !== undefined) return refusal(400, `The body has an unknown key ${JSON.stringify(surplus)}`);
  if (asked.command !== 'scale') {
    return workers === undefined ? asked : refusal(400, '"workers" is for /scale only');
  }
  if (typeof workers !== 'number' || !Number.isSafeInteger(workers) || workers < 1) {
    return refusal(400, 'The body must be {"workers": N}, N a whole number from 1');
  }
  return { command: 'scale', workers };
}

/** Has it done, however long that takes, and answers how it ended. */
export async function perform(instance: Instance, deed: Deed): Promise<Answer> {
  let verdict: Verdict;
  try {
    verdict = await instance.perform(deed);
  } catch (error) {
    // Of an error that is not ours nobody knows what it tells.
    const isOwn = error instanceof GrappoloError;
    const code = isOwn ? error.code : 'ERR_GRAPPOLO_CONTROL_LOST';
    verdict = { type: 'failed', code, message: isOwn ? error.message : SILENT };
    return jsonAnswer(503, verdict);
  }
  return jsonAnswer(statusOf(verdict), verdict);
}

/**
 * - 200: it is done.
 * - 409: something else is under way; later it may be done.
 * - 422: there is no such slot, or there cannot be so many.
 * - 503: the instance stops, or (see above) the primary does not answer.
 * - 500: it was tried and has failed, such as a reload whose worker was not ready.
 */
function statusOf(verdict: Verdict): number {
  if (verdict.type === 'done') return 200;
  switch (verdict.code) {
    case 'ERR_GRAPPOLO_BUSY':
      return 409;
    case 'ERR_GRAPPOLO_CLOSED':
      return 503;
    case 'ERR_INVALID_ARG_VALUE':
    case 'ERR_INVALID_ARG_TYPE':
    case 'ERR_OUT_OF_RANGE':
    case 'RangeError':
      return 422;
    default:
      return 500;
  }
}
