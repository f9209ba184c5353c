/** Longest wait for a main module that awaits something for good at its top level. */
const MAX_WAIT_MS = 2000;

/**
 * Calls back once when this process's main module has been evaluated, as far as Node lets that be seen: with whether
 * that is sure.
 *
 * A CommonJS program has run when the event loop turns for the first time, and since Node 22 an ES module has as well,
 * but for what it, or a module of an `--import`, awaits. Before, Node loads it over several turns; meanwhile it has an
 * 'exit' listener of its own, which it takes away when the main module is done.
 */
export function onProgramStarted(callback: (isSure: boolean) => void): void {
  let isDone = false;
  const done = (isSure: boolean): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(timer);
    process.off('removeListener', onRemoved);
    callback(isSure);
  };
  const onRemoved = (event: string | symbol, listener: Function): void => {
    if (event === 'exit' && isLoaderGuard(listener)) setImmediate(done, true);
  };
  const timer = setTimeout(done, MAX_WAIT_MS, true).unref();
  setImmediate(() => {
    if (process.listeners('exit').some(isLoaderGuard)) process.on('removeListener', onRemoved);
    else done(process.mainModule !== undefined);
  }).unref();
}

function isLoaderGuard(listener: Function): boolean {
  return listener.name === 'handleProcessExit';
}
