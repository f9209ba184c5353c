// By name: the bundler shares its helper for default imports by one more file, which all workers would load.
import { Server } from 'node:net';

import type { Worker } from '../api/worker.ts';
import { own, throwLater } from '../own.ts';
import type { DrainTerms } from '../protocol/messages.ts';
import { warnOnce } from '../system/warning.ts';
import { acceptWaiting } from './accept-waiting.ts';
import type { GiveUp } from './hand-over.ts';
import { drainHttp, speaksHttp } from './http-drain.ts';
import { drainHttp2 } from './http2-drain.ts';
import type { Listenable } from './listening.ts';

const MAX_TIMER_MS = 2 ** 31 - 1;

export interface DrainOptions {
  readonly worker: Worker;
  readonly terms: DrainTerms;
  /** All that listens in this process. */
  readonly targets: readonly Listenable[];
  /** Whether a server accepts by itself. */
  readonly accepts: (target: Listenable) => boolean;
  /** How to give up connections of a server to other workers; absent where they are to be closed. */
  readonly giveUpFrom: ((server: Listenable) => GiveUp | undefined) | undefined;
  /** Called, later, when all servers are closed, their connections ended, and what the program waits for is settled. */
  readonly onDone: () => void;
}

/** Tells the program, then closes servers without cutting anybody off. Gives what ends the program's time early. */
export function drain({ worker, terms, targets, accepts, giveUpFrom, onDone }: DrainOptions): () => void {
  const deadline = new AbortController();
  const expire = (): void => deadline.abort();
  const timer = own.setTimeout(expire, Math.min(terms.timeoutMs, MAX_TIMER_MS)).unref();
  let awaited = 0;
  const hold = (): (() => void) => {
    awaited += 1;
    return () => {
      awaited -= 1;
      if (awaited > 0) return;
      own.clearTimeout(timer);
      onDone();
    };
  };

  // Until all are counted.
  own.nextTick(hold());
  tell(worker, {
    timeoutMs: terms.timeoutMs,
    signal: deadline.signal,
    waitUntil: (promise) => void settle(promise, hold()),
  });
  for (const target of targets) {
    const giveUp = giveUpFrom?.(target);
    // What it has not accepted ends with its socket, where nobody else goes on.
    const isLast = accepts(target) && !giveUp;
    close(target, { isLast, idleGraceMs: terms.idleGraceMs, giveUp }, hold());
  }
  return expire;
}

/** An error in a listener is the program's to catch, and does not keep its servers from closing. */
function tell(worker: Worker, told: Parameters<DrainListener>[0]): void {
  try {
    worker.emit('drain', told);
  } catch (error) {
    throwLater(error);
  }
}

type DrainListener = Parameters<typeof Worker.prototype.on<'drain'>>[1];

/** To end the process, as an unhandled rejection does, would cut off what is still under way. */
async function settle(promise: PromiseLike<unknown>, onSettled: () => void): Promise<void> {
  try {
    await promise;
  } catch (error) {
    warnOnce('GRAPPOLO_DRAIN_FAILED', error instanceof Error ? error.stack : String(error));
  }
  onSettled();
}

interface CloseOptions {
  readonly isLast: boolean;
  readonly idleGraceMs: number;
  readonly giveUp: GiveUp | undefined;
}

function close(
  target: Listenable,
  { isLast, idleGraceMs, giveUp }: CloseOptions,
  onClosed: () => void,
): void {
  try {
    if (!(target instanceof Server)) {
      target.close(onClosed);
      return;
    }
    const isHttp = speaksHttp(target);
    if (isHttp) {
      drainHttp(target, idleGraceMs, giveUp);
      drainHttp2(target, idleGraceMs);
    }
    const stop = (): void => stopAccepting(target, isHttp, onClosed);
    if (isLast && target.listening) acceptWaiting(target, stop);
    else stop();
  } catch {
    // A dgram socket that was closed already says so by an exception.
    own.nextTick(onClosed);
  }
}

function stopAccepting(server: Server, isHttp: boolean, onClosed: () => void): void {
  let isClosed = false;
  // Before all that hear of it: the program may be told that all is drained by one of those.
  server.prependOnceListener('close', () => (isClosed = true));
  // An HTTP server's own would at once close connections that are idle.
  if (isHttp) Server.prototype.close.call(server, onClosed);
  else server.close(onClosed);
  closeNoMore(server, () => isClosed);
}

/** A program that closes its server as well, as on SIGTERM, hears no error, and cuts nobody off by it. */
function closeNoMore(server: Server, isClosed: () => boolean): void {
  server.close = (callback?: (error?: Error) => void): Server => {
    if (callback && isClosed()) own.nextTick(callback);
    else if (callback) server.once('close', () => callback());
    return server;
  };
}
