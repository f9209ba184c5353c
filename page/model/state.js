/**
 * @import { FleetStatus } from '../../src/api/operations.ts'
 * @import { Sample, StreamEvents } from '../../src/ops/sample.ts'
 * @import { SupervisorEvent } from '../../src/api/supervisor.ts'
 */

/**
 * What the page knows of the instance.
 *
 * @typedef {object} State
 * @property {readonly Sample[]} samples oldest first
 * @property {readonly SupervisorEvent[]} events newest first
 * @property {FleetStatus | undefined} fleet
 * @property {Loss | undefined} loss
 */

/**
 * Nothing is heard of the primary.
 *
 * @typedef {object} Loss
 * @property {number} sinceMs `Date.now()` here
 * @property {string | undefined} message what the server says of it
 */

/** How long charts reach back. */
const SPAN_MS = 15 * 60 * 1000;
const MOST_EVENTS = 200;

/** @type {State} */
export const NOTHING_YET = { samples: [], events: [], fleet: undefined, loss: undefined };

/**
 * The fleet is told after it, so that of an earlier connection stays until then.
 *
 * @param {StreamEvents['history']} history
 * @param {FleetStatus} [fleet]
 * @returns {State}
 */
export function afterHistory({ samples, events }, fleet) {
  return {
    samples: recent(samples),
    events: events.filter(isEvent).toReversed().slice(0, MOST_EVENTS),
    fleet,
    loss: undefined,
  };
}

/**
 * @param {State} state
 * @param {Sample} sample
 * @returns {State}
 */
export function afterSample(state, sample) {
  return { ...state, samples: recent([...state.samples, sample]), loss: undefined };
}

/**
 * @param {State} state
 * @param {FleetStatus} fleet
 * @returns {State}
 */
export function afterFleet(state, fleet) {
  return { ...state, fleet };
}

/**
 * @param {State} state
 * @param {unknown} event
 * @returns {State}
 */
export function afterEvent(state, event) {
  return isEvent(event) ? { ...state, events: [event, ...state.events].slice(0, MOST_EVENTS) } : state;
}

/**
 * The server cannot reach the primary, or can again.
 *
 * @param {State} state
 * @param {StreamEvents['trouble']} trouble
 * @param {number} nowMs
 * @returns {State}
 */
export function afterTrouble(state, trouble, nowMs) {
  if (trouble === null) return { ...state, loss: undefined };
  return { ...state, loss: { sinceMs: state.loss?.sinceMs ?? nowMs, message: trouble.message } };
}

/**
 * The server itself is silent.
 *
 * @param {State} state
 * @param {number} sinceMs
 * @returns {State}
 */
export function afterLoss(state, sinceMs) {
  return state.loss ? state : { ...state, loss: { sinceMs, message: undefined } };
}

/**
 * Those of the last 15 minutes. Where the primary's clock was set back, those before that are of a time that is still to come.
 *
 * @param {readonly Sample[]} samples
 */
function recent(samples) {
  const lastMs = samples.at(-1)?.atMs ?? 0;
  return samples.filter(({ atMs }) => atMs >= lastMs - SPAN_MS && atMs <= lastMs);
}

/**
 * Other versions may tell of what is not known here; all have these two.
 *
 * @param {unknown} value
 * @returns {value is SupervisorEvent}
 */
function isEvent(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    'atMs' in value &&
    typeof value.atMs === 'number'
  );
}
