/** The documented states of a worker, in their order. */
export type WorkerState = 'none' | 'online' | 'listening' | 'disconnected' | 'dead';

/** How a worker's process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A worker's life as its primary sees it. An exit that is heard while the channel is still open is kept until the
 * channel has been read to its end, so that `'disconnect'` always comes before `'exit'` and no last message is lost.
 */
export type Life =
  | { readonly state: 'none' | 'online' | 'listening'; readonly exit?: Exit }
  | { readonly state: 'disconnected' }
  | { readonly state: 'dead'; readonly exit: Exit };

export type LifeEvent<Address> =
  | { readonly type: 'online' }
  | { readonly type: 'listening'; readonly address: Address }
  | { readonly type: 'channel-closed' }
  | { readonly type: 'exited'; readonly exit: Exit };

export type LifeEffect<Address> =
  | { readonly type: 'emit-online' }
  | { readonly type: 'emit-listening'; readonly address: Address }
  /** Nothing reaches the worker any more: it gets no more connections. */
  | { readonly type: 'release' }
  /** The worker can take nothing any more, not even what had reached its channel: that goes to others. */
  | { readonly type: 'take-back' }
  | { readonly type: 'emit-disconnect' }
  /** The process is gone but its channel is still open: make sure that it closes. */
  | { readonly type: 'expect-close' }
  | { readonly type: 'unlist' }
  | { readonly type: 'emit-exit'; readonly exit: Exit }
  /** Two events in one go would let a listener that throws swallow the second: feed this back afterwards. */
  | { readonly type: 'then'; readonly event: LifeEvent<Address> };

export interface Step<Address> {
  readonly life: Life;
  readonly effects: readonly LifeEffect<Address>[];
}

export const NEWBORN: Life = { state: 'none' };

/** The next state of a worker's life, with what to do about it, in order. Events that come too late change nothing. */
export function transition<Address>(life: Life, event: LifeEvent<Address>): Step<Address> {
  const unchanged: Step<Address> = { life, effects: [] };
  switch (event.type) {
    case 'online':
      if (life.state !== 'none') return unchanged;
      return { life: { ...life, state: 'online' }, effects: [{ type: 'emit-online' }] };
    case 'listening':
      if (life.state === 'disconnected' || life.state === 'dead') return unchanged;
      return {
        life: { ...life, state: 'listening' },
        effects: [{ type: 'emit-listening', address: event.address }],
      };
    case 'channel-closed': {
      if (life.state === 'disconnected' || life.state === 'dead') return unchanged;
      const effects: LifeEffect<Address>[] = [{ type: 'release' }];
      if (life.exit) effects.push({ type: 'then', event: { type: 'exited', exit: life.exit } });
      effects.push({ type: 'emit-disconnect' });
      return { life: { state: 'disconnected' }, effects };
    }
    case 'exited':
      if (life.state === 'dead') return unchanged;
      if (life.state === 'disconnected') {
        return {
          life: { state: 'dead', exit: event.exit },
          effects: [{ type: 'take-back' }, { type: 'unlist' }, { type: 'emit-exit', exit: event.exit }],
        };
      }
      if (life.exit) return unchanged;
      return { life: { ...life, exit: event.exit }, effects: [{ type: 'expect-close' }] };
    default:
      return event satisfies never;
  }
}
