import { eventLines, isFailure } from '../lib/words.js';
import { QUOTE } from './reload.js';

/** @import { SupervisorEvent } from '../../src/api/supervisor.ts' */

/**
 * @typedef {object} EventRow
 * @property {number} atMs
 * @property {string} text
 * @property {string} details a stack, or what a worker wrote; or empty
 * @property {boolean} isBad
 */

/**
 * A line for each event but those that say what another has said.
 *
 * @param {readonly SupervisorEvent[]} events
 * @returns {EventRow[]}
 */
export function rowsOfEvents(events) {
  return events.flatMap((event) => {
    const [line, ...details] = linesOf(event);
    if (line === undefined) return [];
    return [
      {
        atMs: event.atMs,
        text: line.replace(/; it was here:$/, ''),
        details: details.map((detail) => detail.replace(QUOTE, '')).join('\n'),
        isBad: isBad(event),
      },
    ];
  });
}

/** @param {SupervisorEvent} event */
function linesOf(event) {
  try {
    const lines = eventLines(event);
    // What is not known here is told by its name.
    return lines.every((line) => typeof line === 'string') ? lines : [event.type];
  } catch {
    return [event.type];
  }
}

/** @param {SupervisorEvent} event */
function isBad(event) {
  if (event.type === 'worker-hung' || event.type === 'worker-over-memory') return true;
  if (event.type === 'worker-ended') return event.reason?.kind !== 'drain';
  return isFailure(event);
}
