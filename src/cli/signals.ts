import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';

/** What signals ask of the command. */
export interface SignalDeeds {
  /** To end, gracefully. */
  readonly stop: (signal: NodeJS.Signals) => void;
  /** To end at once, with this exit code. */
  readonly force: (exitCode: number) => void;
  readonly reload: () => void;
  /** To have one worker more, or one less. */
  readonly scaleBy: (count: 1 | -1) => void;
}

/** A signal that comes again this soon is the same one on another way: npm passes on what the terminal sent to all. */
const SAME_SIGNAL_MS = 500;

/** Has signals do what they do to servers: TERM and INT end, HUP reloads, TTIN and TTOU add and take a worker. */
export function onSignals({ stop, force, reload, scaleBy }: SignalDeeds): void {
  const hadTerminal = hasTerminal();
  let stoppedAtMs: number | undefined;
  const end = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    if (stoppedAtMs === undefined) {
      stoppedAtMs = nowMs;
      stop(signal);
    } else if (nowMs - stoppedAtMs >= SAME_SIGNAL_MS) force(128 + constants.signals[signal]);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('SIGHUP', () => {
    // A terminal that closes says the same as an operator who wants a reload.
    if (hadTerminal && !hasTerminal()) end('SIGHUP');
    else reload();
  });
  if (process.platform === 'win32') return;
  process.on('SIGTTIN', () => scaleBy(1));
  process.on('SIGTTOU', () => scaleBy(-1));
}

/** Whether this process has a terminal that it can be controlled from. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
