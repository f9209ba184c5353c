import { own } from '../own.ts';

/** Longest wait for a main module that awaits something for good at its top level. */
export const MAX_WAIT_MS = 2000;

/** What Node's module loader waits for while it reads a program: its files, and that they are closed again. */
const READING: readonly string[] = ['FSReqPromise', 'CloseReq'];

export interface ProgramStart {
  /** Whether the program may still be awaiting something before it goes on. */
  readonly mayAwait: boolean;
}

let hasStarted = false;

/**
 * Calls back once, later, when this process's main module has been evaluated, as far as Node lets that be seen.
 *
 * A CommonJS program has run when the event loop turns for the first time, and in the newest versions an ES module has
 * as well. Node 20 loads it over several turns; meanwhile it has an 'exit' listener of its own, which it takes away
 * when the main module is done. Versions in between do the same without that listener: there the program runs as soon
 * as nothing of it is left to be read. Where there is no such listener, an ES module may still be awaiting something at
 * its top level, which cannot be seen.
 */
export function onProgramStarted(callback: (start: ProgramStart) => void): void {
  if (hasStarted) {
    own.setImmediate(callback, { mayAwait: false });
    return;
  }
  let isDone = false;
  const done = (start: ProgramStart): void => {
    if (isDone) return;
    isDone = true;
    hasStarted = true;
    own.clearTimeout(timer);
    process.off('removeListener', onRemoved);
    callback(start);
  };
  const onRemoved = (event: string | symbol, listener: Function): void => {
    if (event === 'exit' && isLoaderGuard(listener)) own.setImmediate(done, { mayAwait: false });
  };
  const timer = own.setTimeout(done, MAX_WAIT_MS, { mayAwait: false }).unref();
  const look = (): void => {
    if (isDone) return;
    if (process.listeners('exit').some(isLoaderGuard)) process.on('removeListener', onRemoved);
    else if (process.getActiveResourcesInfo().some((resource) => READING.includes(resource))) lookLater();
    else done({ mayAwait: !hasCommonJsMain() });
  };
  // Without a reference it is no turn of its own: it follows what the loader waits for.
  const lookLater = (): void => void own.setImmediate(look).unref();
  lookLater();
}

/** Whether the main module is a CommonJS one that has begun. */
export function hasCommonJsMain(): boolean {
  // The same as require.main, of which an ES module has none.
  // oxlint-disable-next-line typescript/no-deprecated
  return process.mainModule !== undefined;
}

function isLoaderGuard(listener: Function): boolean {
  return listener.name === 'handleProcessExit';
}
