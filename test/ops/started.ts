import type http from 'node:http';

import type { Scope } from '../support/program.ts';
import { Exposition } from '../support/exposition.ts';
import { commandOf, descendants } from '../support/process-tree.ts';
import { Running } from '../production/running.ts';
import type { StartOptions } from '../production/running.ts';
import { ask } from './ops-client.ts';
import type { AskOptions, Reply } from './ops-client.ts';

const UNIX = 'unix:';

/** `grappolo start --ops` on a free port of this machine, with its workers ready. */
export class Started {
  readonly running: Running;
  /** Where the address is, for Node's client. */
  readonly place: http.RequestOptions;

  private constructor(running: Running, place: http.RequestOptions) {
    this.running = running;
    this.place = place;
  }

  get port(): number {
    return Number(this.place.port);
  }

  static async start(
    t: Scope,
    { flags = [], address = '127.0.0.1:0', ...options }: StartOptions & { readonly address?: string },
  ): Promise<Started> {
    const running = await Running.start(t, { ...options, flags: ['--ops', address, ...flags] });
    const up = await running.waitFor(({ type }) => type === 'ops-up');
    if (up.type !== 'ops-up') throw new Error('it has no operations address');
    const place = up.url.startsWith(UNIX)
      ? { socketPath: up.url.slice(UNIX.length) }
      : { host: '127.0.0.1', port: Number(new URL(up.url).port) };
    return new Started(running, place);
  }

  async ask(path: string, options?: AskOptions): Promise<Reply> {
    return ask({ ...this.place, path }, options);
  }

  async metrics(): Promise<Exposition> {
    return new Exposition((await this.ask('/metrics')).body);
  }

  /** The process that has the address. */
  opsPid(): number | undefined {
    return opsPidOf(this.running.program.pid);
  }
}

export function opsPidOf(primary: number): number | undefined {
  return descendants(primary).find(({ pid }) => commandOf(pid).includes('ops.cjs'))?.pid;
}
