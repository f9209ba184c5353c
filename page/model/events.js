import { eventLines, isFailure } from '../lib/words.js';
import { QUOTE } from './reload.js';

/** @import { SupervisorEvent } from '../../src/api/supervisor.ts' */

/**
 * @typedef {object} EventRow
 * @property {string} key the same for as long as the event is there
 * @property {number} atMs
 * @property {string} text
 * @property {string} details a stack, or what a worker wrote; or empty
 * @property {boolean} isBad
 */

/**
 * A line for each event but those that say what another has said.
 *
 * @param {readonly SupervisorEvent[]} events newest first
 * @returns {EventRow[]}
 */
export function rowsOfEvents(events) {
  const keys = keysOf(events);
  return events.flatMap((event, index) => {
    const [line, ...details] = linesOf(event);
    if (line === undefined) return [];
    return [
      {
        key: keys[index] ?? '',
        atMs: event.atMs,
        text: line.replace(/; it was here:$/, ''),
        details: details.map((detail) => detail.replace(QUOTE, '')).join('\n'),
        isBad: isBad(event),
      },
    ];
  });
}

/**
 * By the time, and of those of one time by their order: newer ones change nothing.
 *
 * @param {readonly SupervisorEvent[]} events newest first
 */
function keysOf(events) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  return events
    .toReversed()
    .map(({ atMs }) => {
      const count = (counts.get(atMs) ?? 0) + 1;
      counts.set(atMs, count);
      return `${atMs}/${count}`;
    })
    .toReversed();
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
