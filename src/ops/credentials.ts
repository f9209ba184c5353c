import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import { own } from '../own.ts';

export interface CredentialsOptions {
  readonly token?: string | undefined;
  /** Opens one session, and is worth nothing after that. */
  readonly oneTimeToken?: string | undefined;
}

/** What a request shows: its headers. */
export interface Shown {
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
}

export type Standing = 'right' | 'wrong' | 'missing';

const COOKIE = 'grappolo';
const SECRET_BYTES = 32;
const SESSION_MS = 12 * 3_600_000;
/** The oldest goes when there are more. */
const MAX_SESSIONS = 100;

/** Who may do what needs a token: who knows it, or holds the cookie of a session. */
export class Credentials {
  /** Of secrets only digests are kept and compared: they are of one length, and tell nothing by the time it takes. */
  readonly #token: Buffer | undefined;
  #oneTimeToken: Buffer | undefined;
  /** When they end, by the digest of their secret; oldest first. */
  readonly #sessions = new Map<string, number>();
  /** Whether there is a token, or was one. */
  readonly areWanted: boolean;

  constructor({ token, oneTimeToken }: CredentialsOptions) {
    this.#token = token === undefined ? undefined : digest(token);
    this.#oneTimeToken = oneTimeToken === undefined ? undefined : digest(oneTimeToken);
    this.areWanted = token !== undefined || oneTimeToken !== undefined;
  }

  get hasToken(): boolean {
    return this.#token !== undefined;
  }

  /** By the token in the header; where there is none, by the cookie. */
  standing({ authorization, cookie }: Shown): Standing {
    if (authorization !== undefined) return this.byToken(authorization);
    const secrets = secretsIn(cookie);
    if (secrets.length === 0) return 'missing';
    return secrets.some((secret) => this.#isOpen(secret)) ? 'right' : 'wrong';
  }

  byToken(authorization: string | undefined): Standing {
    if (authorization === undefined) return 'missing';
    const [, given] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
    return given !== undefined && this.#token && timingSafeEqual(digest(given), this.#token)
      ? 'right'
      : 'wrong';
  }

  /** Whether a one-time token is right; it is not again. */
  redeem(given: string): boolean {
    if (!this.#oneTimeToken || !timingSafeEqual(digest(given), this.#oneTimeToken)) return false;
    this.#oneTimeToken = undefined;
    return true;
  }

  /**
   * The header that gives a browser the cookie of a new session.
   *
   * @param host what the browser has as this address
   */
  openSession(host: string | undefined): string {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    this.#sessions.set(keyOf(secret), own.now() + SESSION_MS);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    return `${cookieFor(host)}=${secret}; ${ATTRIBUTES}`;
  }

  /** Ends the sessions of a cookie, and gives the header that takes it away. */
  endSession(cookie: string | undefined, host: string | undefined): string {
    for (const secret of secretsIn(cookie)) this.#sessions.delete(keyOf(secret));
    return `${cookieFor(host)}=; ${ATTRIBUTES}; Max-Age=0`;
  }

  #isOpen(secret: string): boolean {
    const endsAtMs = this.#sessions.get(keyOf(secret));
    return endsAtMs !== undefined && own.now() < endsAtMs;
  }
}

const PAIR = new RegExp(`^${COOKIE}(?:-\\d+)?=(.*)$`);
const ATTRIBUTES = 'HttpOnly; SameSite=Strict; Path=/';

/** Cookies know no ports, and one of the same name would take the place of what another instance on this machine has set. */
function cookieFor(host = ''): string {
  const [, port] = /:(\d{1,5})$/.exec(host) ?? [];
  return port === undefined ? COOKIE : `${COOKIE}-${port}`;
}

/** Those of others as well: no two are the same. */
function secretsIn(cookie = ''): string[] {
  return cookie
    .split(';')
    .map((pair) => pair.trim())
    .map((pair) => PAIR.exec(pair)?.[1] ?? '')
    .filter((secret) => secret !== '');
}

function keyOf(secret: string): string {
  return digest(secret).toString('base64url');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
