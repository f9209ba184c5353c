import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';

import { TTL_MS } from '../../packages/fleet/src/fleet-engine.ts';
import { endOf, startCommand } from '../cli/command.ts';
import { limitMs } from '../support/limits.ts';
import { until } from '../support/load.ts';
import { inRoot } from '../support/paths.ts';
import type { Program } from '../support/program.ts';
import { makeFolder } from '../support/temporary-folder.ts';
import { startServer } from './nats-hosts.ts';
import type { NatsServer } from './nats-server.ts';

/** Programs on hosts of one fleet, which append to one file. */
class Hosts {
  readonly server: NatsServer;
  readonly #t: TestContext;
  readonly #file: string;
  readonly #log: string;

  constructor(t: TestContext, server: NatsServer, program: string) {
    this.#t = t;
    this.server = server;
    this.#file = inRoot('test/fleet/programs', program);
    this.#log = path.join(makeFolder(t), 'log');
  }

  async start(host: string): Promise<Program> {
    const fleet = ['--fleet', this.server.url, '--fleet-name', 'shop', '--fleet-host', host];
    const args = ['start', this.#file, '--workers', '2', '--ready', 'online', ...fleet];
    const env = { HOST: host, LOG: this.#log, KUBERNETES_SERVICE_HOST: undefined };
    const program = startCommand(this.#t, args, { env, timeoutMs: 180_000 });
    await program.waitFor(/is in the fleet/);
    return program;
  }

  get lines(): readonly string[] {
    return existsSync(this.#log) ? readFileSync(this.#log, 'utf8').split('\n').slice(0, -1) : [];
  }
}

interface Step {
  readonly type: string;
  readonly host: string;
  readonly pid: number;
  readonly term: string;
  readonly reason?: string;
  readonly atNs: string;
}

async function jobHosts(
  t: TestContext,
): Promise<{ readonly hosts: Hosts; readonly steps: () => readonly Step[] }> {
  const hosts = new Hosts(t, await startServer(t), 'job.mjs');
  return { hosts, steps: () => hosts.lines.map((line) => JSON.parse(line) as Step) };
}

describe("channel() and runOnce() with { scope: 'fleet' }", { concurrency: 2 }, () => {
  it('bring what one says to the workers of all hosts, once and in order, and not back', async (t) => {
    const hosts = new Hosts(t, await startServer(t), 'news.mjs');
    const programs = await Promise.all([hosts.start('web-1'), hosts.start('web-2')]);
    const all = ['web-1/1', 'web-1/2', 'web-2/1', 'web-2/2'];
    const expected = all.flatMap((me) =>
      all.flatMap((from) => {
        const isSameHost = me.slice(0, 5) === from.slice(0, 5);
        if (me === from) return [];
        return isSameHost ? [`${me} fleet ${from}`, `${me} host ${from}`] : [`${me} fleet ${from}`];
      }),
    );
    await until('all to be heard', () => hosts.lines.length >= expected.length);
    await hosts.server.kill();
    await hosts.server.run();
    for (const program of programs) await program.waitFor(/engine is back/);
    for (const program of programs) program.child.kill('SIGTERM');
    for (const program of programs) assert.equal((await endOf(program)).code, 0);
    assert.deepEqual(hosts.lines.toSorted(), expected.toSorted());
  });

  it('have one do a job: another host goes on after one that stops, dies, or whose primary hangs', async (t) => {
    const { hosts, steps } = await jobHosts(t);
    const nextBegin = async (host: string, count: number): Promise<Step> => {
      await until(
        `a turn of ${host}`,
        () => steps().filter(({ type }) => type === 'begin').length >= count,
        30_000,
      );
      const begun = steps().filter(({ type }) => type === 'begin');
      assert.deepEqual([begun.length, begun.at(-1)?.host], [count, host]);
      return begun.at(-1) as Step;
    };
    const first = await hosts.start('web-1');
    await nextBegin('web-1', 1);
    const second = await hosts.start('web-2');

    const stoppedAt = process.hrtime.bigint();
    first.child.kill('SIGTERM');
    assert.equal((await endOf(first)).code, 0);
    const handedOver = await nextBegin('web-2', 2);
    const handOverMs = Number(BigInt(handedOver.atNs) - stoppedAt) / 1e6;
    assert(handOverMs < limitMs(TTL_MS / 2), `${handOverMs} ms`);

    const third = await hosts.start('web-3');
    process.kill(second.pid, 'SIGSTOP');
    await nextBegin('web-3', 3);
    assert.deepEqual(
      steps()
        .slice(-2)
        .map(({ type, host, reason }) => [type, host, reason]),
      [
        ['end', 'web-2', 'ERR_GRAPPOLO_LEASE_LOST'],
        ['begin', 'web-3', undefined],
      ],
    );
    process.kill(second.pid, 'SIGCONT');

    const killedAt = process.hrtime.bigint();
    third.killGroup();
    const followed = await nextBegin('web-2', 4);
    const followedMs = Number(BigInt(followed.atNs) - killedAt) / 1e6;
    assert(followedMs < TTL_MS + limitMs(1000), `${followedMs} ms`);

    second.child.kill('SIGTERM');
    assert.equal((await endOf(second)).code, 0);
    const terms = steps().flatMap(({ type, term }) => (type === 'begin' ? [term] : []));
    assert.deepEqual(terms.toSorted(), terms);
    assert.equal(new Set(terms).size, terms.length);
    assert.deepEqual(
      steps().map(({ type, host }) => `${type} ${host}`),
      ['begin web-1', 'end web-1', 'begin web-2', 'end web-2', 'begin web-3', 'begin web-2', 'end web-2'],
    );
  });

  it('end a turn where the engine is away, and give the next one, with a greater term, when it is back empty', async (t) => {
    const { hosts, steps } = await jobHosts(t);
    const programs = [await hosts.start('web-1')];
    await until('a turn', () => steps().length === 1, 30_000);
    programs.push(await hosts.start('web-2'));
    await hosts.server.kill();
    await until('its end', () => steps().length === 2);
    await hosts.server.run();
    await until('the next turn', () => steps().length === 3, 60_000);
    const [first, end, next] = steps();
    assert.deepEqual(
      [first?.type, end?.type, end?.reason, next?.type],
      ['begin', 'end', 'ERR_GRAPPOLO_LEASE_LOST', 'begin'],
    );
    assert((next?.term ?? '') > (first?.term ?? ''), `${next?.term} after ${first?.term}`);
    for (const program of programs) program.child.kill('SIGTERM');
    for (const program of programs) assert.equal((await endOf(program)).code, 0);
  });
});
