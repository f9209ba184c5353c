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

/** The server says something each second: where nothing comes for so long, it is gone, or the way to it. */
const SILENT_MS = 5000;
/** How long after a failure it is tried again. */
const AGAIN_MS = 2000;
const REFUSED = {
  message: 'It is shown to a session only: log in, or open the page as it was opened before.',
};

/**
 * Follows the instance for as long as the page is open.
 *
 * @param {(state: State) => void} onState called with each new state
 * @param {() => void} onRefused called where the server wants somebody to log in first
 */
export function follow(onState, onRefused) {
  /** @type {State} */
  let state = NOTHING_YET;
  // On a clock that nobody sets.
  let heardAtMs = performance.now();
  let againAtMs = Infinity;
  /** @type {EventSource | undefined} */
  let source;
  open();

  setInterval(() => {
    const nowMs = performance.now();
    // A connection that has died without a word stays open.
    if (source && nowMs - heardAtMs > SILENT_MS) lose(nowMs);
    if (nowMs >= againAtMs) void tryAgain();
  }, 1000);

  /** @param {State} next */
  function set(next) {
    state = next;
    onState(next);
  }

  /** @param {number} nextAtMs */
  function lose(nextAtMs) {
    source?.close();
    source = undefined;
    againAtMs = nextAtMs;
    set(afterLoss(state, Date.now() - (performance.now() - heardAtMs)));
  }

  /** A stream does not say why it is refused. */
  async function tryAgain() {
    againAtMs = Infinity;
    const status = await streamStatus();
    if (status === 200) {
      open();
      return;
    }
    againAtMs = performance.now() + AGAIN_MS;
    if (status !== 401 && status !== 403) return;
    set(afterTrouble(state, REFUSED, Date.now()));
    onRefused();
  }

  function open() {
    heardAtMs = performance.now();
    const opened = new EventSource('events');
    source = opened;
    /**
     * @param {string} name
     * @param {(data: any) => State} next
     */
    const on = (name, next) =>
      opened.addEventListener(name, (message) => {
        heardAtMs = performance.now();
        set(next(JSON.parse(/** @type {MessageEvent<string>} */ (message).data)));
      });
    on('history', (data) => afterHistory(data, state.fleet));
    on('sample', (data) => afterSample(state, data));
    on('fleet', (data) => afterFleet(state, data));
    on('event', (data) => afterEvent(state, data));
    on('trouble', (data) => afterTrouble(state, data, Date.now()));
    on('alive', () => state);
    opened.addEventListener('error', () => lose(performance.now() + AGAIN_MS));
  }
}

/** What the server answers who wants to look on; `undefined` where it does not. */
async function streamStatus() {
  try {
    const answer = await fetch('events', {
      method: 'HEAD',
      cache: 'no-store',
      signal: AbortSignal.timeout(SILENT_MS),
    });
    return answer.status;
  } catch {
    return undefined;
  }
}
