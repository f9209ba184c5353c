// The process that has the operations address. It ends with the primary that has started it, or when that wants it to.
import path from 'node:path';

import type { OpsOptions } from '../api/supervisor.ts';
import { metricsText } from '../metrics/text.ts';
import { parseOpsAddress } from './address.ts';
import type { FromOps, ToOps } from './channel.ts';
import { codeOf } from '../core/error-code.ts';
import { PageFiles } from './page-files.ts';
import { RemoteInstance } from './remote-instance.ts';
import { sampleOf } from './sample-of.ts';
import { OpsServer } from './server.ts';
import { readTokenFile } from './token-file.ts';

/** What is sent to a whole service or process group is for the primary, which ends this one. */
const IGNORED = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGUSR2'] as const;

for (const signal of IGNORED) process.on(signal, () => {});
const instance = new RemoteInstance(say);
process.on('message', (text: string) => {
  const message = JSON.parse(text) as ToOps;
  if (message.type === 'open') void open(message.options);
  else instance.hear(message);
});
process.on('disconnect', () => void end());
let server: OpsServer | undefined;

async function open(settings: OpsOptions): Promise<void> {
  try {
    const { address, tokenFile, allowRemote, allowHosts, minReady } = settings;
    server = new OpsServer({
      address: parseOpsAddress(address),
      instance,
      metricsText,
      sampleOf,
      page: new PageFiles(path.join(import.meta.dirname, 'page')),
      token: tokenFile === undefined ? undefined : readTokenFile(tokenFile),
      allowRemote,
      allowHosts,
      minReady,
      onError: (error) =>
        say({ type: 'trouble', message: error instanceof Error ? error.message : String(error) }),
    });
    await server.listen();
    say({ type: 'listening', url: server.url });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.send?.({ type: 'failed', code: codeText(error), message } satisfies FromOps, () =>
      process.exit(1),
    );
  }
}

/** Answers that are under way have a moment; a socket's file is removed. */
async function end(): Promise<void> {
  await server?.close().catch(() => {});
  process.exit(0);
}

function codeText(error: unknown): string {
  const code = codeOf(error);
  return typeof code === 'string' ? code : 'Error';
}

function say(message: FromOps): void {
  // That the primary has just ended is heard by 'disconnect'.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
