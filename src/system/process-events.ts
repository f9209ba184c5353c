/** Whether the listeners of an event are to hear it. */
type Decide = (event: string, args: readonly unknown[]) => boolean;

/**
 * Asks `decide` before `process` emits an event. Unlike a listener it is not seen by programs, which count listeners to
 * learn who else handles a signal, and adds no reference to the IPC channel, as one for 'disconnect' does.
 */
export function interceptProcessEvents(decide: Decide): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its process below
  const emit = process.emit as (event: string, ...args: unknown[]) => boolean;
  process.emit = function (this: NodeJS.Process, event: string, ...args: unknown[]): boolean {
    if (!decide(event, args)) return true;
    return Reflect.apply(emit, this, [event, ...args]);
  } as typeof process.emit;
}
