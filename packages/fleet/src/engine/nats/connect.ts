import { accessSync, constants } from 'node:fs';

import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { connect, errors } from '@nats-io/transport-node';
import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';

import { FleetError } from '../../errors.ts';
import { readCredentials } from './credentials.ts';

export interface NatsServers {
  /** As `nats://nats-1:4222`; any that can be reached. */
  readonly servers: string | readonly string[];
  /** What the servers call this connection. */
  readonly name?: string | undefined;
  /** A `.creds` file; or a text file with `token: …`, or with `user: …` and `password: …` in two lines. */
  readonly credentialsFile?: string | undefined;
  readonly tls?: NatsTls | undefined;
}

export interface NatsTls {
  /** Default: what Node trusts. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** What KV and the API of JetStream need that are used here. */
const OLDEST = [2, 9] as const;
const RECONNECT_MS = 500;
/** Many hosts lose one engine at the same moment. */
const JITTER_MS = 1000;
/** A server that is silent for three of these is left for another one, if there is any. */
const PING_MS = 3000;
const MAX_PINGS = 2;

export interface Connected {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
}

/**
 * Connects to an engine that has all that is needed; and from then on for ever again.
 *
 * @throws {FleetError} ERR_FLEET_CREDENTIALS, ERR_FLEET_ENGINE_UNREACHABLE, ERR_FLEET_ENGINE_REFUSED, ERR_FLEET_ENGINE_TOO_OLD,
 *   ERR_FLEET_NO_JETSTREAM
 */
export async function connectNats(to: NatsServers, timeoutMs: number): Promise<Connected> {
  const servers = [to.servers].flat();
  const where = servers.join(', ');
  checkServers(servers);
  checkTls(to.tls ?? {});
  const connection = await connect(optionsOf(to, servers, timeoutMs)).catch((error: unknown) => {
    throw connectError(where, error);
  });
  try {
    checkVersion(where, connection.info?.version ?? '');
    return { connection, manager: await findJetStream(where, connection, timeoutMs) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function optionsOf(to: NatsServers, servers: readonly string[], timeoutMs: number): NodeConnectionOptions {
  return {
    servers: [...servers],
    timeout: timeoutMs,
    pingInterval: PING_MS,
    maxPingOut: MAX_PINGS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: JITTER_MS,
    reconnectJitterTLS: JITTER_MS,
    // Credentials may be replaced on either side, one after the other.
    ignoreAuthErrorAbort: true,
    ...(to.name === undefined ? {} : { name: to.name }),
    ...(to.credentialsFile === undefined ? {} : { authenticator: readCredentials(to.credentialsFile) }),
    ...tlsOf(to, servers),
  };
}

/** With this a server that does without TLS is refused; else the client takes what the server offers, be it nothing. */
function tlsOf({ tls }: NatsServers, servers: readonly string[]): Pick<NodeConnectionOptions, 'tls'> {
  if (tls !== undefined) return { tls: { ...tls } };
  return servers.some((server) => server.startsWith('tls://')) ? { tls: {} } : {};
}

function checkServers(servers: readonly string[]): void {
  if (servers.length === 0)
    throw invalid('Cannot reach an engine: no address was given, as nats://host:4222');
  for (const server of servers) {
    if (server.includes('@')) {
      throw invalid(
        'Cannot take an address with a password in it, which others can see: use a file of credentials',
      );
    }
    const [, scheme = 'nats'] = /^(.*?):\/\//.exec(server) ?? [];
    if (scheme !== 'nats' && scheme !== 'tls') {
      throw invalid(
        `Cannot take the address ${server}: it is as nats://host:4222, or tls://host:4222 where the engine must speak TLS`,
      );
    }
  }
}

/** What cannot be read would look like a server that cannot be reached. */
function checkTls({ caFile, certFile, keyFile }: NatsTls): void {
  for (const file of [caFile, certFile, keyFile]) {
    try {
      if (file !== undefined) accessSync(file, constants.R_OK);
    } catch (cause) {
      const fact = cause instanceof Error ? cause.message : String(cause);
      throw new FleetError(
        'ERR_FLEET_CREDENTIALS',
        `Cannot take the certificate or key of ${file}: ${fact}`,
        {
          cause,
        },
      );
    }
  }
}

function checkVersion(where: string, version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new FleetError(
    'ERR_FLEET_ENGINE_TOO_OLD',
    `Cannot use the engine at ${where}: it is NATS ${version}, and must be ${OLDEST.join('.')} or newer. Update nats-server there`,
  );
}

async function findJetStream(
  where: string,
  connection: NatsConnection,
  timeoutMs: number,
): Promise<JetStreamManager> {
  try {
    return await jetstreamManager(connection, { timeout: timeoutMs });
  } catch (cause) {
    if (!(cause instanceof Error) || cause.name !== 'JetStreamNotEnabled') throw connectError(where, cause);
    throw new FleetError(
      'ERR_FLEET_NO_JETSTREAM',
      `Cannot use the engine at ${where}: JetStream is not enabled there. Start nats-server with -js, or enable it for this account`,
      { cause },
    );
  }
}

function connectError(where: string, cause: unknown): FleetError {
  if (cause instanceof FleetError) return cause;
  const fact = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError) {
    return new FleetError(
      'ERR_FLEET_ENGINE_REFUSED',
      `Cannot log in to the engine at ${where}: ${fact}. Give the file with the credentials that it knows this host by`,
      { cause },
    );
  }
  const advice = isUntrusted(cause)
    ? 'Give the file with the certificates of those who may vouch for it'
    : 'Start nats-server -js there, or give another address';
  return new FleetError(
    'ERR_FLEET_ENGINE_UNREACHABLE',
    `Cannot reach the engine at ${where}: ${fact}. ${advice}`,
    { cause },
  );
}

/** What Node says of a certificate that it does not take: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function isUntrusted(cause: unknown): boolean {
  const { code } = (cause instanceof Error ? cause : {}) as { readonly code?: unknown };
  return typeof code === 'string' && /^UNABLE_TO_|^CERT_|SELF_SIGNED_CERT/.test(code);
}

function invalid(message: string): FleetError {
  return new FleetError('ERR_FLEET_INVALID_ARGUMENT', message);
}
