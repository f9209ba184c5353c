import type { NatsConnection } from '@nats-io/transport-node';

import { FleetError } from '../../errors.ts';

/** So much may be on its way: what is published faster than the server takes it would fill the memory of this process. */
const MOST_BYTES = 16 * 1024 * 1024;
/** So much is published before the server is asked whether it has got there. */
const ASK_BYTES = 1024 * 1024;

/** Publishes no more than the server keeps up with. */
export class Outbox {
  readonly #connection: NatsConnection;
  /** Of which the server has not said that it has them. */
  #bytes = 0;
  #isAsking = false;

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  /** @throws {FleetError} ERR_FLEET_ENGINE_SLOW */
  publish(subject: string, data: Uint8Array): void {
    const bytes = subject.length + data.length;
    if (this.#bytes + bytes > MOST_BYTES) {
      throw new FleetError(
        'ERR_FLEET_ENGINE_SLOW',
        `Cannot publish to '${subject}': ${this.#bytes} bytes that were published before are still on their way, and ${MOST_BYTES} may be. Publish less, or bring the engine nearer`,
      );
    }
    this.#connection.publish(subject, data);
    this.#bytes += bytes;
    if (this.#bytes >= ASK_BYTES && !this.#isAsking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    const askedBytes = this.#bytes;
    try {
      await this.#connection.flush();
      this.#bytes -= askedBytes;
    } catch {
      // What was on its way is lost with the connection.
      this.#bytes = 0;
    }
    this.#isAsking = false;
    if (this.#bytes >= ASK_BYTES) void this.#ask();
  }
}
