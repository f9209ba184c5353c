import type { Performance } from 'node:perf_hooks';

// oxlint-disable-next-line typescript/unbound-method -- none of them needs a process
const { getBuiltinModule, hrtime, nextTick } = process;

/**
 * What programs replace for everybody: test tools the timers and clocks, emulations of browsers `performance`. Taken before the
 * program's first line, and used in place of the globals everywhere here but in the command.
 */
export const own = {
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  setImmediate: globalThis.setImmediate,
  clearTimeout: globalThis.clearTimeout,
  clearInterval: globalThis.clearInterval,
  clearImmediate: globalThis.clearImmediate,
  nextTick,
  now,
  wallClock: Date.now,
  performance,
};

/**
 * The same properties on an object that inherits none: what a program has put on the prototype of all objects is neither part of a
 * message nor of a property's description.
 */
export function bare<T extends object>(properties: T): T {
  return { __proto__: null, ...properties };
}

/** Throws what a listener of the program's threw where nobody here catches it: it is the program's error, and ends nothing that is under way. */
export function throwLater(error: unknown): void {
  own.nextTick(() => {
    throw error;
  });
}

/** Milliseconds since some moment, on a clock that nobody sets. Not `performance.now()`, which takes a worker 0.5 ms to load. */
function now(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** Loaded when it is first wanted. */
function performance(): Performance {
  return getBuiltinModule('node:perf_hooks').performance;
}
