import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { limitMs } from '../support/limits.ts';
import { inRoot } from '../support/paths.ts';

const { freePorts } = createRequire(import.meta.url)(inRoot('test/support/free-ports.cjs')) as {
  readonly freePorts: (count: number) => Promise<number>;
};

interface Options {
  /** Default: true. */
  readonly hasJetStream?: boolean;
  /** Lines of its configuration. */
  readonly config?: string;
}

/** A `nats-server` of this machine, on a port of its own, which keeps what it keeps in a folder that goes with it. */
export class NatsServer {
  readonly port: number;
  readonly #folder: string;
  readonly #hasJetStream: boolean;
  #process: ChildProcess | undefined;

  private constructor(port: number, { hasJetStream = true, config = '' }: Options) {
    this.port = port;
    this.#hasJetStream = hasJetStream;
    this.#folder = mkdtempSync(path.join(realpathSync(os.tmpdir()), 'grappolo-nats-'));
    writeFileSync(path.join(this.#folder, 'nats.conf'), config);
  }

  static async start(options: Options = {}): Promise<NatsServer> {
    const server = new NatsServer(await freePorts(1), options);
    await server.run();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Empty: what is kept in memory is gone with the one before. */
  async run(): Promise<void> {
    const conf = path.join(this.#folder, 'nats.conf');
    const args = ['-c', conf, '-a', '127.0.0.1', '-p', String(this.port), '-sd', this.#folder];
    const child = spawn('nats-server', this.#hasJetStream ? [...args, '-js'] : args, {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    const lines: string[] = [];
    const isReady = await new Promise<boolean>((resolve, reject) => {
      child.once('error', () => resolve(false));
      child.once('exit', () => reject(new Error(`nats-server has ended:\n${lines.join('\n')}`)));
      setTimeout(() => reject(new Error('nats-server is not ready')), limitMs(15_000)).unref();
      createInterface({ input: child.stderr }).on('line', (line) => {
        lines.push(line);
        if (line.includes('Server is ready')) resolve(true);
      });
    });
    assert(
      isReady,
      'There is no nats-server: install it, by "node scripts/install-debian.js nats-server" on Debian',
    );
  }

  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
