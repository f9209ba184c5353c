import { STATUS_CODES } from 'node:http';
import type { ServerResponse } from 'node:http';

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  readonly type?: string | undefined;
  readonly body?: string | Buffer | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What stands in every answer: nothing is to be framed, guessed, kept or shown elsewhere. */
export const COMMON_HEADERS = {
  'Content-Security-Policy':
    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

export function textAnswer(status: number, text: string): Answer {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` };
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}

/** Why a request is not done. */
export function refusal(status: number, message: string, headers?: Readonly<Record<string, string>>): Answer {
  return { ...jsonAnswer(status, { type: 'refused', message }), headers };
}

export function send(response: ServerResponse, { status, type, body = '', headers }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    ...COMMON_HEADERS,
    ...(type !== undefined && { 'Content-Type': type }),
    ...(status !== 204 && { 'Content-Length': bytes.length }),
    ...headers,
  });
  // Of an answer to HEAD, Node sends the headers alone.
  response.end(bytes);
}

/** An answer for a connection on which there is no request that could be answered. The connection ends after it. */
export function rawAnswer(status: number, message: string): string {
  const { type, body = '' } = refusal(status, message);
  const headers = {
    ...COMMON_HEADERS,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body.toString()}`;
}
