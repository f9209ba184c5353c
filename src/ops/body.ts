import type { IncomingMessage } from 'node:http';

import { refusal } from './answer.ts';
import type { Answer } from './answer.ts';

export type Body =
  /** `undefined` where there is none. */
  | { readonly type: 'value'; readonly value: Readonly<Record<string, unknown>> | undefined }
  | { readonly type: 'refused'; readonly answer: Answer }
  /** The connection was lost before its end. */
  | { readonly type: 'gone' };

/** Up to so many times the limit is read before it is refused: a client that is cut off while it sends sees no answer. */
const PATIENCE = 16;

/** Reads a body, which is an object in JSON. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes <= maxBytes) parts.push(part);
      else parts.length = 0;
      if (bytes > maxBytes * PATIENCE) break;
    }
  } catch {
    return { type: 'gone' };
  }
  if (bytes === 0) return { type: 'value', value: undefined };
  if (bytes > maxBytes) {
    return refused(413, `The body has more than ${maxBytes} bytes`, { Connection: 'close' });
  }
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json *(?:;|$)/i.test(type)) {
    return refused(415, 'The body must be JSON, and its Content-Type application/json');
  }
  const value = parseJson(Buffer.concat(parts).toString());
  if (!isObject(value)) return refused(400, 'The body is not a JSON object');
  return { type: 'value', value };
}

function refused(status: number, message: string, headers?: Readonly<Record<string, string>>): Body {
  return { type: 'refused', answer: refusal(status, message, headers) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
