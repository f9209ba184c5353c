import type { Libc } from './libc.ts';

const BUFFER_BYTES = 64 * 1024;

/** What has arrived in a pipe and is not read yet. */
export class Rest {
  readonly #libc: Libc;
  #fd: number | undefined;
  readonly #onBytes: (bytes: Buffer, length: number) => void;

  constructor(libc: Libc, fd: number, onBytes: (bytes: Buffer, length: number) => void) {
    this.#libc = libc;
    this.#fd = fd;
    this.#onBytes = onBytes;
  }

  /** The descriptor is about to be another's. */
  end(): void {
    this.#fd = undefined;
  }

  read(): void {
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    // Whoever gets it may close the pipe.
    while (this.#fd !== undefined) {
      const length = this.#libc.read(this.#fd, buffer, buffer.length);
      if (length <= 0) return;
      this.#onBytes(buffer, length);
    }
  }
}
