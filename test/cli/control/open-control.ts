import net from 'node:net';
import type { TestContext } from 'node:test';

import { ControlServer } from '../../../src/cli/control/server.ts';
import type { ControlServerOptions } from '../../../src/cli/control/server.ts';
import { makeFolder } from '../../support/temporary-folder.ts';
import { FakeSupervisor } from './fake-supervisor.ts';

export const STATUS = '{"version":1,"command":"status"}\n';

export interface Setup {
  readonly control: ControlServer;
  readonly supervisor: FakeSupervisor;
  readonly folder: string;
  /** What was refused so far. */
  readonly refused: string[];
}

/** A server on a folder of its own, which is closed with its test. */
export async function openControl(
  t: TestContext,
  { isServing = true, ...options }: Partial<ControlServerOptions> & { isServing?: boolean } = {},
): Promise<Setup> {
  const folder = options.folder ?? makeFolder(t);
  const refused: string[] = [];
  const onRefused = (reason: string): void => void refused.push(reason);
  const control = await ControlServer.open({ name: 'api', onRefused, ...options, folder });
  // Neither the server nor a client that does not read keeps the test alive.
  const timer = setInterval(() => {}, 1000);
  t.after(() => {
    clearInterval(timer);
    return control.close();
  });
  const supervisor = new FakeSupervisor();
  if (isServing) control.serve(supervisor);
  return { control, supervisor, folder, refused };
}

/** Sends a text over a connection of its own, and gives the lines that are answered. */
export async function say(
  control: ControlServer,
  text: string,
  { end = false }: { end?: boolean } = {},
): Promise<Record<string, unknown>[]> {
  const client = net.connect(control.file);
  client.write(text);
  if (end) client.end();
  return linesFrom(client);
}

/** All lines that come on a connection until it ends. */
export async function linesFrom(client: net.Socket): Promise<Record<string, unknown>[]> {
  let text = '';
  for await (const part of client.setEncoding('utf8')) text += String(part);
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}
