import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';

import type { Bucket, Engine } from '../../packages/fleet/src/engine/engine.ts';
import { openNatsEngine } from '../../packages/fleet/src/engine/nats-engine.ts';
import type { NatsEngineOptions } from '../../packages/fleet/src/engine/nats-engine.ts';
import { limitMs } from '../support/limits.ts';
import type { Scope } from '../support/program.ts';
import { NatsServer } from './nats-server.ts';

const KEPT: Bucket = { name: 'kept', ttlMs: undefined };
export const BRIEF = { name: 'brief', ttlMs: limitMs(1000) } as const satisfies Bucket;

/** A server that ends with its test. */
export async function startServer(
  t: Scope,
  options?: Parameters<typeof NatsServer.start>[0],
): Promise<NatsServer> {
  const server = await NatsServer.start(options);
  t.after(() => server.remove());
  return server;
}

/** A host's engine, with the buckets `kept` and `brief`, which closes with its test. */
export async function connect(
  t: TestContext,
  servers: string,
  more: Partial<NatsEngineOptions> = {},
): Promise<Engine> {
  const engine = await openNatsEngine({ servers, buckets: [KEPT, BRIEF], ...more });
  t.after(() => engine.close());
  return engine;
}

export async function refused(
  t: TestContext,
  servers: string,
  code: string,
  message: RegExp,
  options?: Partial<NatsEngineOptions>,
): Promise<void> {
  await assert.rejects(connect(t, servers, options), { name: 'FleetError', code, message });
}

export function writePrivate(folder: string, name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
