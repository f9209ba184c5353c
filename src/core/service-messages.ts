/** What is told to a service manager: lines of one datagram; see sd_notify(3). */
export type ServiceMessage = readonly string[];

/** How the pool is, as far as the service manager is told. */
export interface ServiceStatus {
  readonly ready: number;
  readonly slots: number;
  readonly generation: number;
}

/** What has been told so far. */
export interface ServiceState {
  readonly phase: 'starting' | 'running' | 'reloading' | 'stopping';
  /** The last STATUS=. */
  readonly status: string;
  /** Why the last reload has failed; empty where it has not. */
  readonly failure: string;
}

export type ServiceEvent =
  | { readonly type: 'ready' | 'reload-done' | 'changed' | 'stopping' | 'draining' }
  | { readonly type: 'reload-started'; readonly monotonicUs: bigint }
  | { readonly type: 'reload-failed'; readonly reason: string };

export interface ServiceStep {
  readonly state: ServiceState;
  readonly message?: ServiceMessage;
}

export const INITIAL_SERVICE: ServiceState = { phase: 'starting', status: '', failure: '' };

/** By how much each message of a service that stops puts off the moment at which it is killed. */
export const EXTENSION_MS = 5000;

/** What to tell after something has happened; nothing where that is nothing new. */
export function serviceStep(state: ServiceState, event: ServiceEvent, pool: ServiceStatus): ServiceStep {
  const { phase, failure } = state;
  const isFull = pool.ready >= pool.slots;
  const sentence = `${pool.ready} of ${pool.slots} ready, generation ${pool.generation}`;
  const status = statusLine(failure === '' ? sentence : `${sentence}; the last reload failed: ${failure}`);
  const told = (next: ServiceState['phase'], lines: ServiceMessage, said = status): ServiceStep => ({
    state: { phase: next, failure, status: said },
    message: [...lines, said],
  });
  const changed = (): ServiceStep => (status === state.status ? { state } : told(phase, []));
  // What a service manager has heard of a stop is final.
  if (phase === 'stopping' && event.type !== 'draining') return { state };
  switch (event.type) {
    case 'ready':
      return phase === 'starting' ? told('running', ['READY=1']) : changed();
    case 'changed':
      return changed();
    case 'reload-started': {
      if (phase === 'starting') return { state };
      const said = statusLine(sentence);
      const message = ['RELOADING=1', `MONOTONIC_USEC=${event.monotonicUs}`, said];
      return { state: { phase: 'reloading', failure: '', status: said }, message };
    }
    case 'reload-done':
      return phase === 'reloading' || isFull ? told('running', ['READY=1']) : { state };
    case 'reload-failed': {
      if (phase !== 'reloading') return { state };
      const said = statusLine(`Reload failed: ${event.reason}`);
      return {
        state: { phase: 'running', failure: event.reason, status: said },
        message: ['READY=1', said],
      };
    }
    case 'stopping':
      return told('stopping', ['STOPPING=1', extension()]);
    case 'draining':
      return phase === 'stopping' ? told('stopping', [extension()]) : { state };
    default:
      return event satisfies never;
  }
}

function extension(): string {
  return `EXTEND_TIMEOUT_USEC=${EXTENSION_MS * 1000}`;
}

const MAX_STATUS = 400;

/** One line, whatever is in it: another would be another message. */
function statusLine(text: string): string {
  return `STATUS=${text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, MAX_STATUS)}`;
}

/** Where a service manager wants to hear how its service is, and how often. */
export interface ServicePlan {
  /** A path, or a name in the abstract namespace behind `@`. */
  readonly socket: string;
  /** How often it is to hear that all is well; twice as often as it must. */
  readonly aliveMs: number | undefined;
}

export const NOTIFY_VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const;

/** What the environment asks of the process with this id. */
export function servicePlanOf(env: Readonly<NodeJS.ProcessEnv>, pid: number): ServicePlan | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: usec = '', WATCHDOG_PID: watched = '' } = env;
  if (socket === undefined || !/^[/@]./.test(socket)) return undefined;
  const isWatched = /^[1-9]\d{0,15}$/.test(usec) && (watched === '' || watched === String(pid));
  return { socket, aliveMs: isWatched ? Math.max(1, Math.floor(Number(usec) / 2000)) : undefined };
}
