import diagnosticsChannel from 'node:diagnostics_channel';
import type dgram from 'node:dgram';
import type net from 'node:net';

import type { Address } from '../protocol/messages.ts';
import { usesReusePort } from '../system/node-internals.ts';
import type { Listenable } from './listening.ts';

export interface OwnServersOptions {
  /** Whether a server listens through the primary. */
  readonly isShared: (server: net.Server) => boolean;
  readonly onReusePort: (address: Address) => void;
  /** Called for each server that listens without the primary. */
  readonly onServer: (server: net.Server) => void;
}

/**
 * Servers that bind by themselves, with `exclusive`, `reusePort` or a handle of their own: a worker that disconnects
 * closes them too, and the primary hears of those that share their port by `reusePort`.
 */
export class OwnServers {
  readonly #servers = new Set<Listenable>();

  constructor({ isShared, onReusePort, onServer }: OwnServersOptions) {
    const options = new WeakMap<net.Server, { reusePort?: boolean }>();
    diagnosticsChannel.subscribe('tracing:net.server.listen:asyncStart', (message) => {
      const event = message as { server: net.Server; options?: { reusePort?: boolean } };
      options.set(event.server, event.options ?? {});
    });
    diagnosticsChannel.subscribe('tracing:net.server.listen:asyncEnd', (message) => {
      const { server } = message as { server: net.Server };
      if (isShared(server)) return;
      this.#add(server);
      onServer(server);
      const address = server.address();
      if (options.get(server)?.reusePort === true && typeof address === 'object' && address !== null) {
        const addressType = address.family === 'IPv6' ? 6 : 4;
        onReusePort({ address: address.address, port: address.port, addressType });
      }
    });
    diagnosticsChannel.subscribe('udp.socket', (message) => {
      const { socket } = message as { socket: dgram.Socket };
      if (!usesReusePort(socket)) return;
      socket.once('listening', () => {
        this.#add(socket);
        const { address, port, family } = socket.address();
        onReusePort({ address, port, addressType: family === 'IPv6' ? 'udp6' : 'udp4', fd: -1 });
      });
    });
  }

  list(): Listenable[] {
    return [...this.#servers];
  }

  #add(server: Listenable): void {
    this.#servers.add(server);
    server.once('close', () => this.#servers.delete(server));
  }
}
