/** Longest wait for a main module that awaits something for good at its top level. */
const MAX_WAIT_MS = 2000;

/**
 * Calls back once when this process's main module has been evaluated, as far as Node lets that be seen.
 *
 * A CommonJS program has run when the event loop turns for the first time, and since Node 22 an ES module has as well.
 * Before, and with `--import`, Node loads it over several turns; meanwhile it has an 'exit' listener of its own, which
 * it takes away when the main module is done.
 */
export function onProgramStarted(callback: () => void): void {
  let isDone = false;
  const done = (): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    process.off('removeListener', onRemoved);
    callback();
  };
  const onRemoved = (event: string | symbol, listener: Function): void => {
    if (event === 'exit' && isLoaderGuard(listener)) setImmediate(done);
  };
  const timer = setTimeout(done, MAX_WAIT_MS).unref();
  setImmediate(() => {
    if (process.listeners('exit').some(isLoaderGuard)) process.on('removeListener', onRemoved);
    else done();
  }).unref();
}

function isLoaderGuard(listener: Function): boolean {
  return listener.name === 'handleProcessExit';
}
