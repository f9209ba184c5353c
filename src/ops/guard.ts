import type { IncomingMessage } from 'node:http';

import type { OpsAddress } from './address.ts';
import { refusal } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Credentials, Shown, Standing } from './credentials.ts';
import { isOwnHost, isOwnPage } from './hosts.ts';

export interface GuardOptions {
  readonly address: OpsAddress;
  readonly credentials: Credentials;
  /** Whether what is seen is for all who can come here, or for who knows the token or holds a session. */
  readonly readers: 'all' | 'session';
  /** In lower case. */
  readonly allowHosts: readonly string[];
  readonly maxHeaders: number;
}

/** Why a request is not let in; `undefined` where it is. */
export class Guard {
  readonly #options: GuardOptions;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /** For every request. */
  atTheDoor({ rawHeaders, headersDistinct, socket }: IncomingMessage): Answer | undefined {
    const { address, allowHosts, maxHeaders } = this.#options;
    // What Node left out beyond that is not known, and may be what is looked for below.
    if (rawHeaders.length >= 2 * maxHeaders) return refusal(431, `There are ${maxHeaders} headers or more`);
    const [host, ...others] = headersDistinct['host'] ?? [];
    const { localAddress, localPort } = socket;
    const isOwn = isOwnHost(host, { address, localAddress, localPort, allowHosts });
    return isOwn && others.length === 0
      ? undefined
      : refusal(421, 'The Host of the request is no name of this address');
  }

  /** For what only our own page may ask for, or no page at all. */
  asPage({ headers }: IncomingMessage): Answer | undefined {
    const { host, origin } = headers;
    const provenance = { host, origin, site: headers['sec-fetch-site']?.toString() };
    return isOwnPage(provenance, this.#options)
      ? undefined
      : refusal(403, 'Another page may not ask for this');
  }

  /** For what is shown of the instance. */
  asReader(request: IncomingMessage): Answer | undefined {
    const { readers, credentials } = this.#options;
    return readers === 'session' ? refusedFor(credentials.standing(shownBy(request))) : undefined;
  }

  asWriter(request: IncomingMessage): Answer | undefined {
    const { credentials } = this.#options;
    if (!credentials.areWanted) return refusal(403, NO_TOKEN);
    return this.asPage(request) ?? refusedFor(credentials.standing(shownBy(request)));
  }

  /** For a session. It takes the token: a session opens no other. */
  asLogin(request: IncomingMessage): Answer | undefined {
    const { credentials } = this.#options;
    if (!credentials.hasToken) return refusal(403, NO_TOKEN);
    return this.asPage(request) ?? refusedFor(credentials.byToken(request.headers.authorization));
  }
}

export function shownBy({ headers: { authorization, cookie } }: IncomingMessage): Shown {
  return { authorization, cookie };
}

const NO_TOKEN =
  'Nothing can be changed here without a token. Put one of at least 16 characters into a file that only its owner can read, ' +
  'and start with that as the token file of ops';

function refusedFor(standing: Standing): Answer | undefined {
  switch (standing) {
    case 'right':
      return undefined;
    case 'wrong':
      return refusal(403, 'The token or the session is wrong');
    case 'missing':
      return refusal(401, 'A token or a session is needed', { 'WWW-Authenticate': 'Bearer' });
    default:
      return standing satisfies never;
  }
}
