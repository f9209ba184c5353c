import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import type { TestContext } from 'node:test';

import { tryLibc } from '../../src/system/libc.ts';
import { bindHandle, socketName } from '../../src/system/node-internals.ts';
import type { BindRequest, RawHandle } from '../../src/system/node-internals.ts';

/** Sockets as a service manager holds them: they listen, and nobody here accepts. */
export class HeldSockets {
  readonly descriptors: number[] = [];
  /** Of those with a port. */
  readonly ports: number[] = [];
  readonly #handles: RawHandle[] = [];

  constructor(t: TestContext) {
    t.after(() => {
      for (const handle of this.#handles) handle.close();
    });
  }

  tcp(address: string, port = 0): number {
    return this.#add({ address, port, addressType: address.includes(':') ? 6 : 4 });
  }

  udp(address: string): number {
    return this.#add({ address, port: 0, addressType: 'udp4' });
  }

  unix(path: string): void {
    if (!path.startsWith('\0')) rmSync(path, { force: true });
    this.#add({ address: path, port: -1, addressType: -1 });
  }

  #add(request: BindRequest): number {
    const handle = bindHandle(request);
    if (typeof handle === 'number') assert.fail(`cannot bind ${request.address}: ${handle}`);
    this.#handles.push(handle);
    const fd = handle.fd ?? -1;
    if (typeof request.addressType === 'number') assert.equal(tryLibc()?.listen(fd, 511), 0);
    this.descriptors.push(fd);
    const name = socketName(handle);
    const port = typeof name === 'object' && name ? name.port : 0;
    this.ports.push(port);
    return port;
  }
}
