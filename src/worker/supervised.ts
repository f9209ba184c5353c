import type { SupervisionMark } from '../core/worker-mark.ts';
import { own } from '../own.ts';
import type { WorkerMessage } from '../protocol/messages.ts';
import { onProgramStarted } from '../system/program-start.ts';
import { loadDrain } from './departure.ts';
import type { Departure } from './departure.ts';
import { watchSessions } from './http2-sessions.ts';
import type { Listenable } from './listening.ts';
import { Pulse } from './pulse.ts';
import { Signals } from './signals.ts';
import { reportUncaught } from './uncaught.ts';

/** By then others that start beside this worker have their first lines behind them. */
const LOAD_AFTER_MS = 1000;

export interface SupervisedOptions {
  readonly terms: SupervisionMark;
  readonly send: (message: WorkerMessage) => void;
  readonly targets: () => readonly Listenable[];
  readonly departure: Departure;
}

/** What a worker does for its supervisor, until its channel closes. Gives what is to hear of each server that listens. */
export function beSupervised({
  terms,
  send,
  targets,
  departure,
}: SupervisedOptions): (target: Listenable) => void {
  const signals = new Signals({
    drain: () => departure.drain(terms),
    leavingSinceMs: () => departure.sinceMs,
    isServing: () => targets().length > 0,
  });
  reportUncaught(send);
  const pulse = new Pulse({ send, targets, everyMs: terms.pulseMs });
  onProgramStarted(() => {
    // Before an installation of a new version, which a drain may be for, replaces its file.
    own.setTimeout(() => void loadDrain(), LOAD_AFTER_MS).unref();
    if (terms.pulseMs > 0) pulse.start();
  });
  departure.whenDrained(() => signals.tellDrained());
  departure.whenGone(() => {
    pulse.stop();
    signals.leave();
  });
  return (target) => {
    watchSessions(target);
    pulse.add(target);
  };
}
