import type http from 'node:http';

const NAME = 'Connection';
const VALUE = 'close';
const SWITCHING_PROTOCOLS = 101;

type Headers = http.OutgoingHttpHeaders | http.OutgoingHttpHeader[];

/**
 * Has a response that has not begun say `Connection: close`, whatever its program says by setHeader(), writeHead() or
 * not at all. `isMeant` is asked when its headers are written.
 */
export function sayClose(response: http.ServerResponse, isMeant: () => boolean): void {
  // Node itself calls it as well, where a program does not.
  // oxlint-disable-next-line typescript/unbound-method -- called with its response below
  const writeHead = response.writeHead as (...args: unknown[]) => http.ServerResponse;
  response.writeHead = function (this: http.ServerResponse, ...args: unknown[]): http.ServerResponse {
    if (this.headersSent || args[0] === SWITCHING_PROTOCOLS || !isMeant()) return writeHead.apply(this, args);
    this.shouldKeepAlive = false;
    const last = args.length - 1;
    const given = last > 0 ? args[last] : undefined;
    if (typeof given === 'object' && given !== null) {
      args[last] = closing(given as Headers);
      if (this.hasHeader(NAME)) this.setHeader(NAME, VALUE);
    } else {
      this.setHeader(NAME, VALUE);
    }
    return writeHead.apply(this, args);
  };
}

/** The same headers, in the same form, with the one in place of what they say of the connection. */
function closing(headers: Headers): Headers {
  if (!Array.isArray(headers)) {
    const others = Object.entries(headers).filter(([name]) => !isConnection(name));
    return { ...Object.fromEntries(others), [NAME]: VALUE };
  }
  if (Array.isArray(headers[0])) {
    const pairs = headers as unknown as [unknown, ...unknown[]][];
    return [...pairs.filter(([name]) => !isConnection(name)), [NAME, VALUE]] as unknown as Headers;
  }
  // What has no value Node refuses; it is not to be hidden by one more.
  if (headers.length % 2 !== 0) return headers;
  const others = headers.filter((_, i) => !isConnection(headers[i - (i % 2)]));
  return [...others, NAME, VALUE];
}

function isConnection(name: unknown): boolean {
  return String(name).toLowerCase() === NAME.toLowerCase();
}
