import { spawn } from 'node:child_process';

import { libcFunction, tryLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import { warnOnce } from './warning.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** `struct sockaddr_un`: the family, then the name. */
const NAME_AT = 2;
const MAX_NAME = 108;

type SendTo = (
  fd: number,
  data: Uint8Array,
  length: number,
  flags: number,
  address: Uint8Array,
  addressLength: number,
) => number;

/** Tells a service manager something by a datagram, for which Node has no socket. Never waits, and never throws. */
export class NotifySocket {
  readonly #name: string;
  readonly #address: Uint8Array;
  readonly #libc = tryLibc();
  readonly #sendTo = libcFunction<SendTo>('long sendto(int, void *, size_t, int, void *, unsigned int)');
  #fd = -1;
  /** What is to leave by the other command, one after the other. */
  #calls: Promise<void> = Promise.resolve();

  /** @param name a path, or a name in the abstract namespace behind `@` */
  constructor(name: string) {
    this.#name = name;
    const bytes = Buffer.from(name.replace(/^@/, '\0'));
    this.#address = Buffer.concat([Buffer.from(Uint16Array.of(AF_UNIX).buffer), bytes]);
  }

  send(lines: readonly string[]): void {
    if (this.#libc && this.#sendTo) this.#sendByCall(this.#libc, this.#sendTo, lines.join('\n'));
    else this.#calls = this.#calls.then(() => this.#sendByCommand(lines));
  }

  close(): void {
    if (this.#fd >= 0) this.#libc?.close(this.#fd);
    this.#fd = -1;
  }

  #sendByCall(libc: Libc, sendTo: SendTo, text: string): void {
    if (this.#fd < 0) this.#fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const data = Buffer.from(text);
    const isTooLong = this.#address.length > NAME_AT + MAX_NAME;
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const sent =
      isTooLong || this.#fd < 0
        ? -1
        : sendTo(this.#fd, data, data.length, flags, this.#address, this.#address.length);
    if (sent < 0) warnOnce('GRAPPOLO_NO_NOTIFY', `${this.#name}: error ${libc.errno()}`);
  }

  /** It speaks for this process where its user may; else the unit needs NotifyAccess=all. */
  async #sendByCommand(lines: readonly string[]): Promise<void> {
    const args = [`--pid=${process.pid}`, ...lines];
    const env = { PATH: process.env['PATH'], NOTIFY_SOCKET: this.#name };
    const child = spawn('systemd-notify', args, { env, stdio: 'ignore' });
    const failure = await new Promise<string | undefined>((resolve) => {
      child.once('error', ({ message }) => resolve(message));
      child.once('exit', (code) => resolve(code === 0 ? undefined : `systemd-notify ended with ${code}`));
    });
    if (failure !== undefined) warnOnce('GRAPPOLO_NO_NOTIFY', failure);
  }
}
