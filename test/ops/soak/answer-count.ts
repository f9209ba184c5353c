import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** So that there is time for workers to start. */
const PAUSE_MS = 10;

/** Clients that each ask again soon after they have their answer, on a connection of its own each time. */
export class AnswerCount {
  answered = 0;
  failed = 0;
  readonly #port: number;
  readonly #clients: readonly Promise<void>[];
  #isOver = false;

  constructor(port: number, clients: number) {
    this.#port = port;
    this.#clients = Array.from({ length: clients }, async () => this.#askOn());
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  async #askOn(): Promise<void> {
    while (!this.#isOver) {
      try {
        const request = http.get({ port: this.#port, agent: false });
        const [response] = (await once(request, 'response')) as [http.IncomingMessage];
        response.resume();
        await once(response, 'end');
        if (response.complete) this.answered += 1;
        else this.failed += 1;
      } catch {
        this.failed += 1;
      }
      await sleep(PAUSE_MS);
    }
  }
}
