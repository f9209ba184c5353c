import type { Scope } from '../support/program.ts';
import { Exposition } from '../support/exposition.ts';
import { commandOf, descendants } from '../support/process-tree.ts';
import { Running } from '../production/running.ts';
import type { StartOptions } from '../production/running.ts';
import { ask } from './ops-client.ts';
import type { AskOptions, Reply } from './ops-client.ts';

/** `grappolo start --ops` on a free port of this machine, with its workers ready. */
export class Started {
  readonly running: Running;
  readonly port: number;

  private constructor(running: Running, port: number) {
    this.running = running;
    this.port = port;
  }

  static async start(t: Scope, { flags = [], ...options }: StartOptions): Promise<Started> {
    const running = await Running.start(t, { ...options, flags: ['--ops', '127.0.0.1:0', ...flags] });
    const up = await running.waitFor(({ type }) => type === 'ops-up');
    if (up.type !== 'ops-up') throw new Error('it has no operations address');
    return new Started(running, Number(new URL(up.url).port));
  }

  async ask(path: string, options?: AskOptions): Promise<Reply> {
    return ask({ host: '127.0.0.1', port: this.port, path }, options);
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
