import type { Deed } from './instance.ts';

/** `scale` has its number in the body. */
export type AskedDeed = Exclude<Deed, { command: 'scale' }> | { readonly command: 'scale' };

/** What a request is about. */
export type Route =
  | { readonly type: 'metrics' | 'livez' | 'readyz' | 'status' | 'fleet' | 'events' }
  /** A file of the page. */
  | { readonly type: 'page'; readonly path: string }
  | { readonly type: 'deed'; readonly deed: AskedDeed }
  | { readonly type: 'login' | 'logout' | 'session' }
  | { readonly type: 'not-found' }
  /** `allow` is for the header of that name. */
  | { readonly type: 'not-allowed'; readonly allow: string };

const SEEN = ['metrics', 'livez', 'readyz', 'status', 'fleet', 'events'] as const;
/** Names of files only: nothing that is escaped, hidden, or leads upwards. */
const PLAIN_PATH = /^\/(?:[\w-][\w.-]*(?:\/(?=[\w-])|$))*$/;

/** Paths are taken as they are: none is decoded, and none has a second spelling. */
export function routeOf(method: string, url: string): Route {
  const path = pathOf(url);
  const isRead = method === 'GET' || method === 'HEAD';
  if (path === '/session') {
    if (method === 'POST') return { type: 'login' };
    if (isRead) return { type: 'session' };
    return method === 'DELETE'
      ? { type: 'logout' }
      : { type: 'not-allowed', allow: 'GET, HEAD, POST, DELETE' };
  }
  const deed = deedOf(path);
  if (deed) return method === 'POST' ? { type: 'deed', deed } : { type: 'not-allowed', allow: 'POST' };
  if (!isRead) return { type: 'not-allowed', allow: 'GET, HEAD' };
  const type = SEEN.find((each) => path === `/${each}`);
  if (type) return { type };
  return PLAIN_PATH.test(path) ? { type: 'page', path } : { type: 'not-found' };
}

/** The one-time token that a browser is started with. */
export function oneTimeTokenIn(url: string): string | undefined {
  if (pathOf(url) !== '/') return undefined;
  return new URLSearchParams(url.slice(1)).get('token') ?? undefined;
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

function deedOf(path: string): AskedDeed | undefined {
  if (path === '/reload') return { command: 'reload' };
  if (path === '/scale') return { command: 'scale' };
  const [, slot] = /^\/workers\/(0|[1-9]\d{0,8})\/replace$/.exec(path) ?? [];
  return slot === undefined ? undefined : { command: 'replace', slot: Number(slot) };
}
