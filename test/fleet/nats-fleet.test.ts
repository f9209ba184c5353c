import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type FleetHost, joinFleet, runFleetCommand } from '../../packages/fleet/src/index.ts';
import { until } from '../support/load.ts';
import { startServer } from './nats-hosts.ts';
import type { NatsServer } from './nats-server.ts';
import { PlayedInstance } from './played-instance.ts';

interface Ran {
  readonly exit: number;
  readonly lines: readonly string[];
  readonly errors: readonly string[];
}

async function run(server: NatsServer, argv: string): Promise<Ran> {
  const lines: string[] = [];
  const errors: string[] = [];
  const exit = await runFleetCommand(argv.split(' '), {
    print: (line) => void lines.push(line),
    printError: (line) => void errors.push(line),
    isTerminal: false,
    width: undefined,
    env: { GRAPPOLO_FLEET: server.url, GRAPPOLO_FLEET_NAME: 'shop' },
  });
  return { exit, lines, errors };
}

/** Which hosts are known. */
async function known(server: NatsServer): Promise<string> {
  const { lines } = await run(server, 'status --json');
  const { hosts } = JSON.parse(lines.join('')) as { hosts: { host: string; state: string }[] };
  return hosts.flatMap(({ host, state }) => (state === 'known' ? [host] : [])).join(' ');
}

/** Until these hosts are known, and no others; where that never comes, the error says who was known last, and what was told. */
async function untilKnown(
  server: NatsServer,
  names: readonly string[],
  told: readonly string[],
): Promise<void> {
  let last = '';
  try {
    await until(`known: ${names.join(' ')}`, async () => {
      last = await known(server);
      return last === names.join(' ');
    });
  } catch (cause) {
    throw new Error(`${(cause as Error).message}; it was '${last}'; told: ${told.join('; ')}`, { cause });
  }
}

describe('a fleet on a NATS server', () => {
  it('is seen, reloaded, stopped at a host that fails, and there again when the server is back empty', async (t) => {
    const server = await startServer(t);
    const names = ['web-1.example', 'web-2.example', 'web-3.example'];
    const instances = names.map(() => new PlayedInstance());
    const problems: string[] = [];
    const told: string[] = [];
    const startedMs = performance.now();
    const tell = (text: string) => void told.push(`${Math.round(performance.now() - startedMs)} ms ${text}`);
    const hosts = names.map((host, i): FleetHost =>
      joinFleet(
        { servers: [server.url], name: 'shop', host, version: '1.0.0' },
        instances[i] as PlayedInstance,
        {
          note: (text) => tell(`${host}: ${text}`),
          problem: (error) => {
            problems.push(error.message);
            tell(`${host}: ${error.message}`);
          },
        },
      ),
    );
    t.after(() => Promise.all(hosts.map((host) => host.leave())));
    await untilKnown(server, names, told);

    const reload = await run(server, 'reload --soak 10ms');
    assert.deepEqual([reload.errors, reload.lines.at(-1), reload.exit], [[], 'reload done: 3 hosts', 0]);
    assert.deepEqual(
      instances.map(({ generation }) => generation),
      [2, 2, 2],
    );

    Object.assign(instances[1] as PlayedInstance, { failure: new Error('no worker was ready') });
    const failed = await run(server, 'reload --soak 10ms');
    assert.match(
      String(failed.errors),
      /'web-2.example' failed: no worker was ready. done: web-1.example; as they were: web-3.example/,
    );
    assert.equal(failed.exit, 1);
    assert.deepEqual(
      instances.map(({ steps }) => steps.length),
      [2, 2, 1],
    );

    await server.kill();
    const unknown = await run(server, 'status');
    assert.deepEqual([unknown.lines, unknown.exit], [['fleet shop: unknown, the hosts serve on'], 1]);
    await server.run();
    await untilKnown(server, names, told);

    await hosts[2]?.leave();
    assert.equal(await known(server), names.slice(0, 2).join(' '));
    assert.deepEqual(problems, []);
  });
});
