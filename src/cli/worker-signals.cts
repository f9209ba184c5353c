// Loaded into every worker of the command before its program, and into every thread that the worker starts.
//
// A terminal sends Ctrl-C to the whole process group, and service managers send SIGTERM to all processes of a service:
// such a signal reaches workers as well as their primary, and would end a worker in the middle of its requests. Here
// such a signal first makes the worker finish its requests, then ends it as it would have. It does not matter who
// sent it: the primary passes on what it gets, and an operator's `kill` of one worker is as gentle. Workers stay in
// the group, so that whoever ends the whole group at once still can.
//
// A program that handles the signal itself is left alone: it hears it at once, and it alone decides what to do with
// its servers. It hears it once: where the terminal told it already, what the primary passes on is not heard again,
// because many programs take a second Ctrl-C as a wish to end without further ado.
const threads = require('node:worker_threads') as typeof import('node:worker_threads');

const SIGNALS: readonly string[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** A signal that comes again this soon is the same one on another way; the primary passes it on within that time. */
const SAME_SIGNAL_MS = 1000;

if (threads.isMainThread) {
  // The primary put `--require <this>` first; the program and what it starts are to see nothing of it.
  process.execArgv.splice(0, 2);
  hearOnce();
  for (const signal of SIGNALS) process.on(signal, finishThenEnd);
}

function hearOnce(): void {
  const heardAtMs = new Map<string, number>();
  // oxlint-disable-next-line typescript/unbound-method -- called with its process below
  const emit = process.emit as (event: string, ...args: unknown[]) => boolean;
  process.emit = function (this: NodeJS.Process, event: string, ...args: unknown[]): boolean {
    if (SIGNALS.includes(event)) {
      const nowMs = performance.now();
      if (nowMs - (heardAtMs.get(event) ?? -Infinity) < SAME_SIGNAL_MS) return true;
      heardAtMs.set(event, nowMs);
    }
    return Reflect.apply(emit, this, [event, ...args]);
  } as typeof process.emit;
}

function finishThenEnd(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) {
    // A program that only closes its servers ends when nothing else is left to do; the channel is not its business.
    process.channel?.unref();
    return;
  }
  const end = (): void => {
    process.off(signal, finishThenEnd);
    process.kill(process.pid, signal);
  };
  if (!process.connected) {
    end();
    return;
  }
  process.once('disconnect', end);
  const cluster = require('node:cluster') as import('node:cluster').Cluster;
  cluster.worker?.disconnect();
}
