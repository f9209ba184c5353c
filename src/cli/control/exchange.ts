import net from 'node:net';

import type { SupervisorEvent } from '../../api/supervisor.ts';
import { GrappoloError } from '../../core/errors.ts';
import { codeOf } from '../../core/error-code.ts';
import { parseLine, requestLine } from './protocol.ts';
import type { AnswerTo, ControlAnswer, ControlRequest } from './protocol.ts';

export interface ExchangeOptions {
  /** Called with what happens until the answer comes. */
  readonly onEvent?: ((event: SupervisorEvent) => void) | undefined;
  /** Ends the waiting, not what was asked for. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends a request to the instance that listens on a socket, and waits for its answer.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_CONTROL_LOST: the connection was lost before the answer, or `signal` was aborted.
 * @throws The system's error where nobody listens, and what `onEvent` throws.
 */
export async function exchange<Asked extends ControlRequest>(
  file: string,
  request: Asked,
  { onEvent, signal }: ExchangeOptions = {},
): Promise<AnswerTo<Asked>> {
  const socket = net.connect(file).setEncoding('utf8');
  const abort = (): void => void socket.destroy(lost('it has not answered in time'));
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  socket.write(requestLine(request));
  try {
    for await (const line of linesOf(socket)) {
      const said = parseLine(line);
      if (said?.type === 'event') onEvent?.(said.event);
      else if (said && isAnswerTo(request, said)) return said;
      else throw lost(`its answer cannot be understood: ${line.slice(0, 80)}`);
    }
  } catch (error) {
    throw isReset(error) ? lost('it has closed the connection', error) : error;
  } finally {
    signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
  throw lost('it has closed the connection');
}

async function* linesOf(socket: AsyncIterable<string>): AsyncGenerator<string> {
  // Of a line that has not ended; it may be long.
  let parts: string[] = [];
  for await (const text of socket) {
    const [first = '', ...others] = text.split('\n');
    parts.push(first);
    const rest = others.pop();
    if (rest === undefined) continue;
    yield parts.join('');
    yield* others;
    parts = [rest];
  }
}

function isAnswerTo<Asked extends ControlRequest>(
  { command }: Asked,
  answer: ControlAnswer,
): answer is Extract<ControlAnswer, AnswerTo<Asked>> & AnswerTo<Asked> {
  if (answer.type === 'failed') return true;
  const isByName = command === 'report' || command === 'fleet';
  return command !== 'watch' && answer.type === (isByName ? command : 'done');
}

function isReset(error: unknown): boolean {
  return codeOf(error) === 'ECONNRESET' || codeOf(error) === 'EPIPE';
}

function lost(why: string, cause?: unknown): GrappoloError {
  return new GrappoloError('ERR_GRAPPOLO_CONTROL_LOST', `No answer from the instance: ${why}`, { cause });
}
