import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { libcFunction, tryLibc } from '../../src/system/libc.ts';

const AF_UNIX = 1;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 0o2004002;
const MSG_DONTWAIT = 0x40;

/** Stands in for a service manager: hears datagrams. */
export class NotifyReceiver {
  readonly messages: string[][] = [];
  readonly #fd: number;
  #isClosed = false;

  /** @param name a path, or a name behind `@` */
  constructor(t: TestContext, name: string) {
    const libc = tryLibc();
    assert(libc);
    const address = Buffer.from(`\u0001\0${name.replace(/^@/, '\0')}`);
    this.#fd = libc.socket(AF_UNIX, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
    assert.equal(libc.bind(this.#fd, address, address.length), 0);
    const running = this.#run();
    t.after(async () => {
      this.#isClosed = true;
      await running;
      libc.close(this.#fd);
    });
  }

  /** All but the watchdog's, and what is said between by a sentence alone. */
  get deeds(): string[] {
    return this.messages.map((lines) => lines[0] ?? '').filter((line) => !/^(?:WATCHDOG|STATUS)=/.test(line));
  }

  count(line: string): number {
    return this.messages.filter(([first]) => first === line).length;
  }

  /** Waits for the n-th message that begins with a line, and gives it. */
  async nth(n: number, line: string): Promise<string[]> {
    for (;;) {
      const found = this.messages.filter(([first]) => first === line)[n - 1];
      if (found) return found;
      await sleep(10);
    }
  }

  async #run(): Promise<void> {
    const recv = libcFunction<(fd: number, buffer: Uint8Array, length: number, flags: number) => number>(
      'long recv(int, void *, size_t, int)',
    );
    const buffer = Buffer.alloc(4096);
    while (!this.#isClosed) {
      const size = recv?.(this.#fd, buffer, buffer.length, MSG_DONTWAIT) ?? -1;
      if (size > 0) this.messages.push(buffer.toString('utf8', 0, size).split('\n'));
      else await sleep(10);
    }
  }
}
