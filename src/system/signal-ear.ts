import { createHook } from 'node:async_hooks';

import { GrappoloError } from '../core/errors.ts';

/** What Node makes for the first listener of a signal on `process`. */
interface SignalHandle {
  onsignal: (() => void) | undefined;
  start(signal: number): number;
  close(): void;
  unref(): void;
}

type SignalConstructor = new () => SignalHandle;

/** By default nothing comes of these: none is lost in the moment that one is listened to. */
const HARMLESS: readonly NodeJS.Signals[] = ['SIGWINCH', 'SIGCONT', 'SIGURG'];

let known: SignalConstructor | undefined;

/**
 * Calls back for each signal of this number that reaches the process, beside the listeners on `process` and unseen by them.
 * While anybody hears a signal, it does not do what it does by default. Gives what ends that, at once.
 */
export function hearSignal(signal: number, onSignal: () => void): () => void {
  known ??= learnConstructor();
  const handle = new known();
  handle.unref();
  handle.onsignal = onSignal;
  handle.start(signal);
  return () => handle.close();
}

/** Node names it to nobody but those that watch asynchronous resources. */
function learnConstructor(): SignalConstructor {
  let made: object | undefined;
  const hook = createHook({
    init: (_id, type, _trigger, resource) => {
      if (type === 'SIGNALWRAP') made = resource;
    },
  });
  const signal = HARMLESS.find((each) => process.listenerCount(each) === 0) ?? 'SIGWINCH';
  hook.enable();
  process.on(signal, nothing);
  process.off(signal, nothing);
  hook.disable();
  if (made) return made.constructor as SignalConstructor;
  throw new GrappoloError(
    'ERR_GRAPPOLO_UNSUPPORTED_RUNTIME',
    `Cannot run on Node.js ${process.version}: it lacks handles of signals.`,
  );
}

function nothing(): void {}
