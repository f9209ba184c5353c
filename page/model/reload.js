import { duration, endText, failureLines } from '../lib/words.js';
import { ago } from './numbers.js';

/**
 * @import { Sample } from '../../src/ops/sample.ts'
 * @import { StartFailure } from '../../src/api/supervisor.ts'
 */

/**
 * The reload under way, or the last one.
 *
 * @typedef {object} ReloadView
 * @property {'good' | 'busy' | 'bad'} tone
 * @property {string} text
 * @property {{ readonly done: number, readonly slots: number }} [progress]
 * @property {FailureView} [failure]
 */

/**
 * The worker that has failed, why, and what it said last.
 *
 * @typedef {object} FailureView
 * @property {string} text
 * @property {string} label
 * @property {string} output
 */

/**
 * @param {Sample} sample
 * @returns {ReloadView | undefined} `undefined` where there was none
 */
export function reloadOf({ atMs, status: { reload, lastReload } }) {
  if (reload) {
    const { generation, done, slots } = reload;
    return {
      tone: 'busy',
      text: `To generation ${generation}: ${done} of ${slots} replaced`,
      progress: reload,
    };
  }
  if (!lastReload) return undefined;
  const { verdict, generation, tookMs, failure } = lastReload;
  const when = ago(Math.max(0, atMs - lastReload.atMs));
  if (verdict === 'done')
    return { tone: 'good', text: `To generation ${generation}: done ${when}, after ${duration(tookMs)}` };
  return {
    tone: 'bad',
    text: `To generation ${generation}: failed ${when}, after ${duration(tookMs)}`,
    ...(failure && { failure: failureOf(failure) }),
  };
}

/**
 * @param {StartFailure} failure
 * @returns {FailureView}
 */
export function failureOf(failure) {
  const { slot, pid } = failure.worker;
  const name = pid === undefined ? '' : ` (pid ${pid})`;
  const [label = '', ...lines] = failureLines(failure);
  return {
    text: `The new worker in slot ${slot}${name} ${endText(failure.reason)}`,
    label: label.replace(/^what/, 'What').replace(/^its/, 'Its'),
    output: lines.map((line) => line.replace(QUOTE, '')).join('\n'),
  };
}

/** How the command marks what are a worker's words. */
export const QUOTE = /^ {4}\| /;
