import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { MemoryEngine } from '../../packages/fleet/src/engine/memory-engine.ts';
import { FleetError } from '../../packages/fleet/src/errors.ts';
import { TTL_MS } from '../../packages/fleet/src/fleet-engine.ts';
import { runCommandWith } from '../../packages/fleet/src/command/run.ts';
import { MemoryFleet, threeHosts } from './memory-fleet.ts';

class Command {
  readonly lines: string[] = [];
  readonly errors: string[] = [];
  engine: MemoryEngine | undefined;
  exit: number | undefined;

  constructor(fleet: MemoryFleet, argv: string, { isTerminal = false } = {}) {
    const output = {
      print: (line: string) => void this.lines.push(line),
      printError: (line: string) => void this.errors.push(line),
      isTerminal,
      width: undefined,
      env: { GRAPPOLO_FLEET: 'nats://nats-1', GRAPPOLO_FLEET_NAME: 'shop' },
    };
    const openEngine = async (): Promise<MemoryEngine> => {
      if (fleet.refusal) throw fleet.refusal;
      this.engine = fleet.store.connect();
      return this.engine;
    };
    const parts = { openEngine, runtime: fleet.runtime, ttlMs: TTL_MS };
    void this.#run(runCommandWith(parts, argv.split(' '), output));
  }

  async #run(running: Promise<number>): Promise<void> {
    this.exit = await running;
  }

  get isOver(): boolean {
    return this.exit !== undefined;
  }

  /** What `--json` printed. */
  get json(): Readonly<Record<string, unknown>> {
    return JSON.parse(this.lines.join('')) as Readonly<Record<string, unknown>>;
  }
}

const WAITING = 'waiting 10 s, since the engine is new: whoever drove by the one before has stopped by then';

/** A bar that is drawn over the one before. */
function bar(full: number): string {
  return `\u001B[1A\u001B[2K${'█'.repeat(full)}${'░'.repeat(24 - full)}`;
}

async function run(
  fleet: MemoryFleet,
  argv: string,
  options?: { readonly isTerminal: boolean },
): Promise<Command> {
  const command = new Command(fleet, argv, options);
  await fleet.passUntil(() => command.isOver);
  return command;
}

const stepsOf = (hosts: readonly { readonly instance: { readonly steps: readonly string[] } }[]) =>
  hosts.map(({ instance }) => instance.steps);

describe('grappolo fleet status', () => {
  it('shows what is known of each host, and that a silent one is unknown', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    hosts[1].engine()?.setReachable(false);
    await fleet.pass(12_000);
    const { lines, exit } = await run(fleet, 'status');
    assert.deepEqual(lines, [
      'fleet shop: 2 hosts, 1 unknown',
      '',
      'host   state    version  generation  ready  load  requests/s  since',
      'web-1  running  1.0.0             1    2/2  25 %           0  13 s',
      'web-2  unknown  1.0.0             1      -     -           -  13 s',
      'web-3  running  1.0.0             1    2/2  25 %           0  13 s',
    ]);
    assert.equal(exit, 0);
    hosts[1].engine()?.setReachable(true);
  });

  it('says where two processes are one host', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const second = fleet.join('web-2');
    t.after(() => fleet.outcome(second.fleet.leave()));
    await fleet.passUntil(() => second.problems.length > 0 && hosts[1].problems.length > 0);
    await fleet.pass(3000);
    const { lines } = await run(fleet, 'status');
    assert.match(
      String(lines.at(-1)),
      /^web-2 is two processes, web-2_[\da-f]{12} and web-2_[\da-f]{12}: give one of them another name$/,
    );
    const { json } = await run(fleet, 'status --json');
    const [, host] = json['hosts'] as readonly Record<string, unknown>[];
    assert.match(String(host?.['namesake']), /^web-2_[\da-f]{12}$/);
    assert.notEqual(host?.['namesake'], host?.['instance']);
  });

  it('is JSON for programs', async (t) => {
    const { fleet } = await threeHosts(t);
    const { json, exit } = await run(fleet, 'status --json');
    assert.equal(json['fleet'], 'known');
    const hosts = json['hosts'] as readonly Record<string, unknown>[];
    assert.deepEqual(
      hosts.map(({ host, state, generation }) => [host, state, generation]),
      [
        ['web-1', 'known', 1],
        ['web-2', 'known', 1],
        ['web-3', 'known', 1],
      ],
    );
    assert.equal(exit, 0);
  });

  it('says that the fleet is unknown where the engine is', async () => {
    const fleet = new MemoryFleet();
    fleet.refusal = new FleetError('ERR_FLEET_ENGINE_UNREACHABLE', 'Cannot reach it');
    const { lines, errors, exit } = await run(fleet, 'status');
    assert.deepEqual(lines, ['fleet shop: unknown, the hosts serve on']);
    assert.deepEqual(errors, ['Cannot reach it (ERR_FLEET_ENGINE_UNREACHABLE)']);
    assert.equal(exit, 1);
    const { json } = await run(fleet, 'status --json');
    assert.deepEqual(json, {
      fleet: 'unknown',
      hosts: [],
      error: { code: 'ERR_FLEET_ENGINE_UNREACHABLE', message: 'Cannot reach it' },
    });
  });

  it('says nothing of the hosts where the engine lets it not in, and that nobody is in a fleet of this name', async () => {
    const fleet = new MemoryFleet();
    const empty = await run(fleet, 'status');
    assert.deepEqual(empty.lines, [
      'fleet shop: 0 hosts',
      'No host has joined a fleet of this name on this engine, or all have left it',
    ]);
    for (const code of ['ERR_FLEET_ENGINE_REFUSED', 'ERR_FLEET_CREDENTIALS'] as const) {
      fleet.refusal = new FleetError(code, 'Cannot read it');
      const { lines, errors, exit } = await run(fleet, 'status');
      assert.deepEqual([lines, errors, exit], [[], [`Cannot read it (${code})`], 1]);
    }
  });
});

describe('grappolo fleet reload', () => {
  it('reloads host after host, each after the soak of the one before', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const command = new Command(fleet, 'reload --soak 30s');
    await fleet.passUntil(() => hosts[0].instance.steps.length > 0);
    await fleet.pass(29_000);
    assert.deepEqual(stepsOf(hosts), [['reload'], [], []]);
    await fleet.passUntil(() => command.isOver);
    assert.deepEqual(command.errors, []);
    assert.deepEqual(command.lines, [
      WAITING,
      'web-1: reload',
      'web-1: done (1 of 3)',
      'web-2: reload',
      'web-2: done (2 of 3)',
      'web-3: reload',
      'web-3: done (3 of 3)',
      'reload done: 3 hosts',
    ]);
    assert.equal(command.exit, 0);
    assert.deepEqual(stepsOf(hosts), [['reload'], ['reload'], ['reload']]);
  });

  it('waits once in the life of an engine, and begins at once after that', async (t) => {
    const { fleet } = await threeHosts(t);
    const first = await run(fleet, 'reload --soak 1s');
    assert.equal(first.lines[0], WAITING);
    const startedMs = fleet.clock.nowMs();
    const second = new Command(fleet, 'reload --soak 1s');
    await fleet.passUntil(() => second.lines.length > 0);
    assert.equal(second.lines[0], 'web-1: reload');
    assert.ok(fleet.clock.nowMs() - startedMs < 1000);
    await fleet.passUntil(() => second.isOver);
    fleet.store.restart();
    await fleet.pass(5000);
    const third = await run(fleet, 'reload --soak 1s');
    assert.equal(third.lines[0], WAITING);
  });

  it('draws one line on a terminal', async (t) => {
    const { fleet } = await threeHosts(t);
    const { lines } = await run(fleet, 'reload --soak 1s', { isTerminal: true });
    assert.deepEqual(lines.slice(2, 4), [`${bar(0)} 0 of 3  reload web-1`, `${bar(8)} 1 of 3  reload web-2`]);
    assert.equal(lines.at(-1), 'reload done: 3 hosts');
  });

  it('stops at the first host that fails, with its reason, and leaves the rest as they are', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    hosts[1].instance.failure = Object.assign(new Error('Cannot reload: a worker was not ready in time'), {
      code: 'ERR_GRAPPOLO_RELOAD_FAILED',
    });
    const { errors, exit } = await run(fleet, 'reload --soak 1s');
    assert.deepEqual(errors, [
      "Cannot go on with the reload: 'web-2' failed: Cannot reload: a worker was not ready in time (ERR_GRAPPOLO_RELOAD_FAILED). done: web-1; as they were: web-3 (ERR_FLEET_ROLLOUT_FAILED)",
    ]);
    assert.equal(exit, 1);
    assert.deepEqual(stepsOf(hosts), [['reload'], ['reload'], []]);
  });

  it('goes on where a host was slow for a moment after its reload, which its figures have for 10 s', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const { instance } = hosts[0];
    const command = new Command(fleet, 'reload --soak 5s');
    let slow = 0;
    while (!command.isOver) {
      instance.requests += 50;
      if (instance.generation > 1 && slow < 5) {
        slow += 1;
        instance.errors += 25;
      }
      await fleet.pass(200);
    }
    assert.equal(slow, 5);
    assert.equal(command.exit, 0, String(command.errors));
  });

  it('stops where a host does worse after its reload', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const { instance } = hosts[0];
    const command = new Command(fleet, 'reload --soak 30s');
    while (!command.isOver) {
      instance.requests += 50;
      if (instance.generation > 1) instance.errors += 5;
      await fleet.pass(200);
    }
    assert.match(
      String(command.errors),
      /'web-1' failed: error rate 0\.\d+, before 0\. done: none; as they were: web-2, web-3/,
    );
    assert.equal(command.exit, 1);
  });

  it('goes on with what a driver began that has died', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const killed = new Command(fleet, 'reload --soak 5s');
    await fleet.passUntil(() => hosts[1].instance.steps.length > 0);
    killed.engine?.setReachable(false);
    const { lines, exit } = await run(fleet, 'reload --soak 5s');
    assert.equal(lines[0], 'going on with the reload that another began');
    assert.equal(lines.at(-1), 'reload done: 3 hosts');
    assert.equal(exit, 0);
    assert.deepEqual(stepsOf(hosts), [['reload'], ['reload'], ['reload']]);
    assert.equal(killed.exit, 1);
    assert.match(String(killed.errors), /the engine was away for too long.*ERR_FLEET_ROLLOUT_LOST/);
  });

  it('ends what another began before it does something else', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const killed = new Command(fleet, 'reload --soak 5s');
    await fleet.passUntil(() => hosts[1].instance.steps.length > 0);
    killed.engine?.setReachable(false);
    const { lines, exit } = await run(fleet, 'scale 3 --soak 1s');
    assert.ok(lines.includes('the reload that another began is done'));
    assert.equal(lines.at(-1), 'scale to 3 done: 3 hosts');
    assert.equal(exit, 0);
    assert.deepEqual(stepsOf(hosts), [
      ['reload', 'scale 3'],
      ['reload', 'scale 3'],
      ['reload', 'scale 3'],
    ]);
  });

  it('stops all hosts, where another began to stop one of them and died', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const killed = new Command(fleet, 'stop web-2');
    await fleet.passUntil(() => hosts[1].instance.steps.length > 0);
    killed.engine?.setReachable(false);
    const { lines, exit } = await run(fleet, 'stop --all');
    assert.equal(exit, 0, lines.join('\n'));
    assert.ok(lines.includes('the stop that another began is done'), lines.join('\n'));
    const [one, , three] = stepsOf(hosts);
    assert.deepEqual([one, three], [['stop'], ['stop']]);
  });

  it('does not go on with a stop, where something else is wanted', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const killed = new Command(fleet, 'stop --all --max-unavailable 1');
    await fleet.passUntil(() => hosts[0].instance.steps.length > 0);
    killed.engine?.setReachable(false);
    const { errors, exit } = await run(fleet, 'reload');
    assert.match(
      String(errors),
      /Cannot begin the reload: process \d+ on \S+ began to stop hosts, and left that in the middle.*ROLLOUT_BUSY/,
    );
    assert.equal(exit, 1);
    assert.deepEqual(stepsOf(hosts).slice(1), [[], []]);
  });

  it('names a silent host that is left out, also where it goes on with what another began', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    hosts[2].engine()?.setReachable(false);
    await fleet.pass(15_000);
    const killed = new Command(fleet, 'reload --soak 5s');
    await fleet.passUntil(() => hosts[0].instance.steps.length > 0);
    killed.engine?.setReachable(false);
    const { lines, exit } = await run(fleet, 'reload --soak 5s');
    assert.equal(lines[0], 'going on with the reload that another began');
    assert.deepEqual(lines.slice(-2), ['reload done: 2 hosts', 'left out, since they are silent: web-3']);
    assert.equal(exit, 0);
  });

  it('refuses a second driver, and says who the first one is', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const first = new Command(fleet, 'reload --soak 30s');
    await fleet.passUntil(() => hosts[0].instance.steps.length > 0);
    const second = await run(fleet, 'reload');
    assert.match(
      String(second.errors),
      new RegExp(`Cannot begin the reload: process ${process.pid} on .* drives one just now.*ROLLOUT_BUSY`),
    );
    assert.equal(second.exit, 1);
    await fleet.passUntil(() => first.isOver);
    assert.equal(first.exit, 0);
  });

  it('is aborted by --abort, after the host that is out', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const first = new Command(fleet, 'reload --soak 30s');
    await fleet.passUntil(() => hosts[0].instance.steps.length > 0);
    const second = await run(fleet, 'reload --abort');
    assert.equal(second.exit, 0, String(second.errors));
    assert.match(second.lines.join('\n'), /was told to abort\naborted by process \d+ on /);
    await fleet.passUntil(() => first.isOver);
    assert.match(String(first.errors), /aborted. done: web-1; as they were: web-2, web-3.*ROLLOUT_ABORTED/);
    assert.deepEqual(stepsOf(hosts), [['reload'], [], []]);
    const third = await run(fleet, 'reload --abort');
    assert.deepEqual([third.lines, third.exit], [['nothing to abort'], 0]);
  });

  it('aborts what a driver began that has died', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const killed = new Command(fleet, 'reload');
    await fleet.passUntil(() => hosts[0].instance.steps.length > 0);
    killed.engine?.setReachable(false);
    const { lines, exit } = await run(fleet, 'reload --abort');
    assert.deepEqual(lines, [
      'going on with the reload that another began',
      'aborted. done: web-1; as they were: web-2, web-3',
    ]);
    assert.equal(exit, 0);
    await fleet.passUntil(() => killed.isOver);
  });

  it('says that a host is as it was that has heard of no order when it is aborted', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const killed = new Command(fleet, 'reload --soak 5s');
    await fleet.passUntil(() => hosts[0].instance.steps.length > 0);
    hosts[1].engine()?.setReachable(false);
    await fleet.passUntil(() => killed.lines.includes('web-2: reload'));
    killed.engine?.setReachable(false);
    hosts[1].engine()?.setReachable(true);
    const { lines } = await run(fleet, 'reload --abort');
    assert.equal(lines.at(-1), 'aborted. done: web-1; as they were: web-2, web-3');
    assert.deepEqual(stepsOf(hosts), [['reload'], [], []]);
    await fleet.passUntil(() => killed.isOver);
  });

  it('tells of each host that fails, where several are out at once', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    for (const { instance } of hosts.slice(1)) instance.failure = new Error('no');
    const { errors, lines } = await run(fleet, 'reload --soak 5s --max-unavailable 3');
    assert.match(
      String(errors),
      /'web-2' failed: no. done: web-1; also failed: web-3 \(no\); as they were: none \(ERR_FLEET_ROLLOUT_FAILED\)$/,
    );
    assert.deepEqual(lines.slice(-3), [
      'web-2: failed: no (1 of 3)',
      'web-1: done (3 of 3)',
      'web-3: failed: no (3 of 3)',
    ]);
  });

  it('ends where the engine has forgotten it, and can be said again', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const first = new Command(fleet, 'reload --soak 5s');
    await fleet.passUntil(() => hosts[0].instance.steps.length > 0);
    fleet.store.restart();
    await fleet.passUntil(() => first.isOver);
    assert.match(
      String(first.errors),
      /the engine has forgotten it, after 0 of 3 hosts. Say the same again to begin anew.*ERR_FLEET_ROLLOUT_LOST/,
    );
    assert.equal(first.exit, 1);
    const second = await run(fleet, 'reload --soak 1s');
    assert.equal(second.exit, 0, String(second.errors));
    assert.deepEqual(
      stepsOf(hosts).map((steps) => steps.at(-1)),
      ['reload', 'reload', 'reload'],
    );
  });

  it('leaves silent hosts out, and says so', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    hosts[2].engine()?.setReachable(false);
    await fleet.pass(15_000);
    const { lines, exit } = await run(fleet, 'reload --soak 1s');
    assert.deepEqual(lines.slice(-2), ['reload done: 2 hosts', 'left out, since they are silent: web-3']);
    assert.equal(exit, 0);
    hosts[2].engine()?.setReachable(true);
  });

  it('names a host that left before its turn', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const command = new Command(fleet, 'reload --soak 5s');
    await fleet.passUntil(() => hosts[0].instance.steps.length > 0);
    await fleet.outcome(hosts[1].fleet.leave());
    await fleet.passUntil(() => command.isOver);
    assert.deepEqual(command.lines.slice(-2), [
      'reload done: 2 hosts',
      'passed over, since they have left: web-2',
    ]);
    assert.equal(command.exit, 0);
  });

  it('names it in JSON, too', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const command = new Command(fleet, 'reload --soak 5s --json');
    await fleet.passUntil(() => hosts[0].instance.steps.length > 0);
    await fleet.outcome(hosts[1].fleet.leave());
    await fleet.passUntil(() => command.isOver);
    const { result, done, left } = command.json;
    assert.deepEqual({ result, done, left }, { result: 'done', done: ['web-1', 'web-3'], left: ['web-2'] });
  });

  it('tells in JSON also where all hosts stand when it fails', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    hosts[1].instance.failure = Object.assign(new Error('Cannot reload: no'), { code: 'ERR_OF_HOST' });
    const { json, exit } = await run(fleet, 'reload --soak 1s --json');
    const { result, done, failed, left, error } = json;
    const failure = { host: 'web-2', reason: 'Cannot reload: no (ERR_OF_HOST)' };
    assert.deepEqual(
      { result, done, failed, left },
      { result: 'failed', done: ['web-1'], failed: [failure], left: ['web-3'] },
    );
    assert.equal((error as { code: string }).code, 'ERR_FLEET_ROLLOUT_FAILED');
    assert.equal(exit, 1);
  });

  it('gives up where nobody is', async () => {
    const fleet = new MemoryFleet();
    const { errors, exit } = await run(fleet, 'reload');
    assert.deepEqual(errors, [
      "Cannot reload any host: none is in the fleet. See 'grappolo fleet status' (ERR_FLEET_NO_HOST)",
    ]);
    assert.equal(exit, 1);
  });

  it('gives up where the engine is away', async (t) => {
    const { fleet } = await threeHosts(t);
    const command = new Command(fleet, 'reload --json');
    command.engine?.setReachable(false);
    await fleet.passUntil(() => command.isOver);
    assert.equal((command.json['error'] as { code: string }).code, 'ERR_FLEET_ENGINE_LOST');
    assert.equal(command.exit, 1);
  });
});

describe('grappolo fleet scale', () => {
  it('scales each host', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const { json, exit } = await run(fleet, 'scale 4 --soak 1s --max-unavailable 3 --json');
    assert.deepEqual([json['result'], json['done']], ['done', ['web-1', 'web-2', 'web-3']]);
    assert.equal(exit, 0);
    assert.deepEqual(stepsOf(hosts), [['scale 4'], ['scale 4'], ['scale 4']]);
  });
});

describe('grappolo fleet stop', () => {
  it('stops one host, that leaves when it has told so', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const command = new Command(fleet, 'stop web-2');
    await fleet.passUntil(() => hosts[1].instance.phase === 'ended');
    const left = hosts[1].fleet.leave();
    await fleet.passUntil(() => command.isOver);
    assert.equal(command.lines.at(-1), 'stop done: 1 host');
    await fleet.outcome(left);
    assert.deepEqual(stepsOf(hosts), [[], ['stop'], []]);
    const { lines } = await run(fleet, 'status');
    assert.equal(lines[0], 'fleet shop: 2 hosts');
  });

  it('stops all', async (t) => {
    const { fleet, hosts } = await threeHosts(t);
    const { exit } = await run(fleet, 'stop --all');
    assert.equal(exit, 0);
    assert.deepEqual(stepsOf(hosts), [['stop'], ['stop'], ['stop']]);
  });

  it('says so where there is no such host', async (t) => {
    const { fleet } = await threeHosts(t);
    const { errors, exit } = await run(fleet, 'stop web-9');
    assert.match(String(errors), /Cannot stop 'web-9': it is not in the fleet.*ERR_FLEET_NO_HOST/);
    assert.equal(exit, 1);
  });
});

describe('the arguments of grappolo fleet', () => {
  const wrong = [
    [' ', /Cannot do "" with a fleet|Cannot tell what to do/],
    ['restart', /Cannot do "restart" with a fleet: say status, reload/],
    ['status all', /Cannot take "all" after 'fleet status'/],
    ['status --soak 3s', /Cannot take --soak with 'fleet status': it is for reload, scale/],
    ['scale', /the number of 'fleet scale': there is none/],
    ['scale 0', /it is "0", and must be a whole one/],
    ['reload --soak soon', /the time of --soak: it is "soon"/],
    ['reload --max-unavailable 1.5', /--max-unavailable/],
    ['reload --unknown', /Cannot read the arguments/],
    ['stop', /HOST|--all/],
    ['stop =a', /host name/],
    ['status --fleet-name a.b', /fleet name/],
  ] as const;
  it('may ask for help, whatever else they say', async () => {
    for (const argv of ['--help', 'reload -h', 'restart --help']) {
      const { lines, errors, exit } = await run(new MemoryFleet(), argv);
      assert.deepEqual({ errors, exit }, { errors: [], exit: 0 });
      const help = lines.join('\n');
      for (const verb of ['status', 'reload', 'scale', 'stop', '--soak', '--abort', '--fleet-name'])
        assert(help.includes(verb), `${verb} is not in ${help}`);
    }
  });

  for (const [argv, message] of wrong) {
    it(`are misuse: ${JSON.stringify(argv)}`, async () => {
      const { errors, exit } = await run(new MemoryFleet(), argv);
      assert.equal(exit, 2);
      assert.match(String(errors), message);
    });
  }
});
