import { tryLibc } from './libc.ts';

const BUFFER_BYTES = 64 * 1024;

const MSG_DONTWAIT = 0x40;

/** What has arrived at a socket and is not read yet. */
export class Rest {
  #fd: number | undefined;
  readonly #onBytes: (bytes: Buffer, length: number) => void;

  constructor(fd: number | undefined, onBytes: (bytes: Buffer, length: number) => void) {
    this.#fd = fd;
    this.#onBytes = onBytes;
  }

  /** The descriptor is about to be another's. */
  end(): void {
    this.#fd = undefined;
  }

  read(): void {
    const libc = tryLibc();
    if (!libc) return;
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    // Whoever gets it may close the socket.
    while (this.#fd !== undefined && this.#fd >= 0) {
      const length = libc.recv(this.#fd, buffer, buffer.length, MSG_DONTWAIT);
      if (length <= 0) return;
      this.#onBytes(buffer, length);
    }
  }
}
