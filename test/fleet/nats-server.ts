import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';
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
  readonly #lines: string[] = [];
  #process: ChildProcess | undefined;

  private constructor(port: number, { hasJetStream = true, config = '' }: Options) {
    this.port = port;
    this.#hasJetStream = hasJetStream;
    this.#folder = mkdtempSync(path.join(realpathSync(os.tmpdir()), 'grappolo-nats-'));
    writeFileSync(path.join(this.#folder, 'nats.conf'), config);
  }

  static async start(options: Options = {}): Promise<NatsServer> {
    const server = new NatsServer(await freePorts(1), options);
    try {
      await server.run();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** How many lines of its log hold a text, since it was started last. */
  count(text: string): number {
    return this.#lines.filter((line) => line.includes(text)).length;
  }

  /** Empty: what the one before kept is gone with it, in memory and in its folder. */
  async run(config?: string): Promise<void> {
    const conf = path.join(this.#folder, 'nats.conf');
    if (config !== undefined) writeFileSync(conf, config);
    const store = mkdtempSync(path.join(this.#folder, 'store-'));
    const args = ['-c', conf, '-a', '127.0.0.1', '-p', String(this.port), '-sd', store];
    const child = spawn('nats-server', this.#hasJetStream ? [...args, '-js'] : args, {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    const lines = this.#lines;
    lines.splice(0);
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

  /** Until it has stopped, which takes a moment on another core. */
  async pause(): Promise<void> {
    const pid = this.#process?.pid;
    this.#process?.kill('SIGSTOP');
    await until('the server to stop', () => / T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
