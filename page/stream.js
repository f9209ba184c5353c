import {
  afterEvent,
  afterFleet,
  afterHistory,
  afterLoss,
  afterSample,
  afterTrouble,
  NOTHING_YET,
} from './model/state.js';

/** @import { State } from './model/state.js' */

/** The server sends a sample each second: where none of its messages comes for so long, it is gone, or the way to it. */
const SILENT_MS = 5000;
/** A browser gives up where the answer is an error; we do not. */
const AGAIN_MS = 2000;

/**
 * Follows the instance for as long as the page is open.
 *
 * @param {(state: State) => void} onState called with each new state
 */
export function follow(onState) {
  /** @type {State} */
  let state = NOTHING_YET;
  let heardAtMs = Date.now();
  let againAtMs = Infinity;
  let source = open();

  setInterval(() => {
    const nowMs = Date.now();
    if (nowMs - heardAtMs > SILENT_MS) set(afterLoss(state, heardAtMs));
    if (source.readyState === EventSource.CLOSED && nowMs >= againAtMs) source = open();
  }, 1000);

  /** @param {State} next */
  function set(next) {
    state = next;
    onState(next);
  }

  function open() {
    againAtMs = Infinity;
    const opened = new EventSource('events');
    /**
     * @param {string} name
     * @param {(data: any) => State} next
     */
    const on = (name, next) =>
      opened.addEventListener(name, (message) => {
        heardAtMs = Date.now();
        set(next(JSON.parse(/** @type {MessageEvent<string>} */ (message).data)));
      });
    on('history', (data) => afterHistory(data, state.fleet));
    on('sample', (data) => afterSample(state, data));
    on('fleet', (data) => afterFleet(state, data));
    on('event', (data) => afterEvent(state, data));
    on('trouble', (data) => afterTrouble(state, data, Date.now()));
    opened.addEventListener('error', () => {
      againAtMs = Date.now() + AGAIN_MS;
      set(afterLoss(state, Date.now()));
    });
    return opened;
  }
}
