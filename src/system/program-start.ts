/** Longest wait for a main module that awaits something for good at its top level. */
const MAX_WAIT_MS = 2000;

/** What Node's module loader waits for while it reads a program: its files, and that they are closed again. */
const READING: readonly string[] = ['FSReqPromise', 'CloseReq'];

let hasStarted = false;

/**
 * Calls back once, later, when this process's main module has been evaluated, as far as Node lets that be seen.
 *
 * A CommonJS program has run when the event loop turns for the first time, and in the newest versions an ES module has
 * as well. Node 20 loads it over several turns; meanwhile it has an 'exit' listener of its own, which it takes away
 * when the main module is done. Versions in between do the same without that listener: there the program runs as soon
 * as nothing of it is left to be read.
 */
export function onProgramStarted(callback: () => void): void {
  if (hasStarted) {
    setImmediate(callback);
    return;
  }
  let isDone = false;
  const done = (): void => {
    if (isDone) return;
    isDone = true;
    hasStarted = true;
    clearTimeout(timer);
    process.off('removeListener', onRemoved);
    callback();
  };
  const onRemoved = (event: string | symbol, listener: Function): void => {
    if (event === 'exit' && isLoaderGuard(listener)) setImmediate(done);
  };
  const timer = setTimeout(done, MAX_WAIT_MS).unref();
  const look = (): void => {
    if (isDone) return;
    if (process.listeners('exit').some(isLoaderGuard)) process.on('removeListener', onRemoved);
    else if (process.getActiveResourcesInfo().some((resource) => READING.includes(resource))) lookLater();
    else done();
  };
  // Without a reference it is no turn of its own: it follows what the loader waits for.
  const lookLater = (): void => void setImmediate(look).unref();
  lookLater();
}

function isLoaderGuard(listener: Function): boolean {
  return listener.name === 'handleProcessExit';
}
