import type { NatsConnection } from '@nats-io/transport-node';

/** So often it is asked whether it answers. */
const INTERVAL_MS = 1000;
/** So long an answer may take. */
const PATIENCE_MS = 2000;

/** Whether an engine answers: a server that is stopped has an open connection, and says nothing. */
export class Pulse {
  readonly #connection: NatsConnection;
  readonly #onChange: (isUp: boolean) => void;
  readonly #timer: NodeJS.Timeout;
  #ping: Promise<boolean> | undefined;
  #isUp = true;
  #isStopped = false;

  constructor(connection: NatsConnection, onChange: (isUp: boolean) => void) {
    this.#connection = connection;
    this.#onChange = onChange;
    this.#timer = setInterval(() => void this.check(), INTERVAL_MS);
    void this.#follow();
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Asks now, and says within 2 s whether it answers. */
  async check(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const silent = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), PATIENCE_MS);
    });
    // One at a time: a server that goes on after a pause answers to the one that it had got before.
    this.#ping ??= this.#answer();
    const isUp = await Promise.race([this.#ping, silent]);
    clearTimeout(timer);
    this.#become(isUp);
    return isUp;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#become(false);
    this.#isStopped = true;
  }

  async #answer(): Promise<boolean> {
    const isUp = await this.#connection.rtt().then(
      () => true,
      () => false,
    );
    this.#ping = undefined;
    this.#become(isUp);
    return isUp;
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect' || type === 'staleConnection' || type === 'close') this.#become(false);
      // Not before it answers: the next look would tell it, a second later.
      else if (type === 'reconnect') void this.check();
    }
  }

  #become(isUp: boolean): void {
    if (this.#isStopped || this.#isUp === isUp) return;
    this.#isUp = isUp;
    this.#onChange(isUp);
  }
}
