/** Checked by the compiler alone: what callers and those who serve see of a contract's methods. */
import { call, channel, contract, gather, runOnce, serve } from '../../src/together.ts';
import type { CallContext, CallTarget, Gathered } from '../../src/together.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function sure<_T extends true>(): void {}

const cache = contract<{ warm(key: string, times?: number): Promise<number>; has(key: string): boolean }>(
  'cache',
);

const called = call(cache, { slot: 0 });
sure<Equal<ReturnType<typeof called.warm>, Promise<number>>>();
sure<Equal<ReturnType<typeof called.has>, Promise<boolean>>>();
void called.warm('a', 2, { timeoutMs: 100, signal: AbortSignal.abort() });
void called.has('a', { timeoutMs: 100 });
// @ts-expect-error -- a key is a text
void called.has(1);
// @ts-expect-error -- there is none of this name
void called.cool('a');
// @ts-expect-error -- no target
call(cache, 'all');

const gathered = gather(cache);
sure<Equal<ReturnType<typeof gathered.warm>, Promise<Gathered<number>>>>();

serve(cache, {
  async warm(key, times = 1) {
    sure<Equal<typeof this, CallContext>>();
    sure<Equal<typeof key, string>>();
    this.signal.throwIfAborted();
    return this.callerId + times;
  },
  has: (key) => key === '',
});
// @ts-expect-error -- a method is missing
serve(cache, { has: () => true });
// @ts-expect-error -- it gives something else
serve(cache, { has: () => 'yes', warm: () => Promise.resolve(1) });

void runOnce('a', async ({ term, signal }) => {
  sure<Equal<typeof term, number>>();
  signal.throwIfAborted();
});
void runOnce('a', { scope: 'host' }, ({ term }) => sure<Equal<typeof term, number>>());
void runOnce('a', { scope: 'fleet', signal: AbortSignal.abort() }, ({ term, isHeld }) => {
  sure<Equal<typeof term, string>>();
  sure<Equal<typeof isHeld, boolean>>();
});
// @ts-expect-error -- no scope
void runOnce('a', { scope: 'world' }, () => {});
channel('a', { scope: 'fleet' }).close();
// @ts-expect-error -- no scope
channel('a', { scope: 'world' }).close();

export const targets: readonly CallTarget[] = ['primary', 'any', 'least-loaded', { slot: 0 }, { id: 1 }];
