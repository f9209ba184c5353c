import { inspectorStart } from '../core/inspector-lines.ts';
import { parseInspectorMessage } from '../core/inspector-messages.ts';
import { stackText } from '../core/stack-text.ts';
import { own } from '../own.ts';
import { mayBeSent } from './caught-signals.ts';
import { debug } from './debug.ts';
import { openWebSocket } from './web-socket.ts';
import type { WebSocketClient } from './web-socket.ts';

/** A Node.js process whose event loop is silent. */
export interface HungProcess {
  readonly pid: number;
  /** Calls `onLine` with each line that the process writes to stderr from now on; gives what ends that. */
  readonly stderrLines: (onLine: (line: string) => void) => () => void;
  /** Where its inspector listens, if it is open: as it said on stderr, see `inspectorStart()`. */
  readonly inspectorUrl?: string | undefined;
}

export interface CaptureOptions {
  /** Default: 1500. */
  readonly timeoutMs?: number | undefined;
  /** Gives up at once, as when the process has ended. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 1500;
/** Each function on the stack takes about a KiB, and there may be ten thousand. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/**
 * Where the JavaScript of a process is that does not come back to its event loop: at most 50 functions, the innermost
 * first, as `error.stack` has them below its message. The process is paused for that, and goes on.
 *
 * SIGUSR1 makes Node start its inspector, even amid JavaScript; whoever listens for that signal keeps it from that, and is
 * called if the event loop ever goes on. The inspector stays open on the process's loopback port.
 *
 * `undefined`, and never a rejection, where that cannot be found out in time: the process does not take the signal, is
 * stopped, or is blocked outside of JavaScript; its port is taken; it ends.
 */
export async function captureStack(
  target: HungProcess,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: CaptureOptions = {},
): Promise<string | undefined> {
  const capture = new AbortController();
  const giveUp = (): void => capture.abort();
  const timer = own.setTimeout(giveUp, timeoutMs);
  signal?.addEventListener('abort', giveUp);
  if (signal?.aborted === true) giveUp();
  try {
    const url = target.inspectorUrl ?? (await startInspector(target, capture.signal));
    const socket = await openWebSocket(url, {
      signal: capture.signal,
      maxMessageBytes: MAX_MESSAGE_BYTES,
    });
    return await pausedStack(socket);
  } catch (error) {
    debug('no stack of process %d: %s', target.pid, error);
    return undefined;
  } finally {
    own.clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** The address of the inspector. */
async function startInspector({ pid, stderrLines }: HungProcess, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  if (!mayBeSent(pid, 'SIGUSR1')) throw new Error('it cannot be sent SIGUSR1');
  let unsubscribe: (() => void) | undefined;
  try {
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      unsubscribe = stderrLines((line) => {
        const start = inspectorStart(line);
        if (start?.type === 'listening') resolve(start.url);
        else if (start?.type === 'failed') reject(new Error(line));
      });
      process.kill(pid, 'SIGUSR1');
    });
  } finally {
    unsubscribe?.();
  }
}

const REQUESTS = { enable: 1, pause: 2, resume: 3 } as const;

async function pausedStack(socket: WebSocketClient): Promise<string> {
  const request = (name: keyof typeof REQUESTS): void =>
    socket.send(JSON.stringify({ id: REQUESTS[name], method: `Debugger.${name}` }));
  const urls = new Map<string, string>();
  request('enable');
  for await (const text of socket) {
    const message = parseInspectorMessage(text);
    switch (message?.type) {
      case 'script':
        urls.set(message.scriptId, message.url);
        break;
      case 'done':
        // Not before: Node has told the program's process object that it can be debugged, and is done with that.
        if (message.id === REQUESTS.enable) request('pause');
        break;
      case 'refused':
        throw new Error(message.reason);
      case 'paused':
        request('resume');
        socket.close();
        return stackText(message.frames, urls);
      case undefined:
        break;
      default:
        message satisfies never;
    }
  }
  throw new Error('its inspector has closed the connection');
}
