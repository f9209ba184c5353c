import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import type { PrimaryDoor, TogetherWorker } from '../../../src/api/together.ts';
import { firstFrame, keptBody, PIECE_BYTES, rawBody, wholeFrame } from '../../../src/together/frames.ts';
import { Here } from '../../../src/together/here.ts';
import { Hub } from '../../../src/together/hub.ts';
import type { HubMember, HubService } from '../../../src/together/hub.ts';
import type { Incoming } from '../../../src/together/incoming.ts';
import { memoryWays } from '../../../src/together/way.ts';
import type { Way } from '../../../src/together/way.ts';
import { PlayedWay } from './played-way.ts';

/** What a service of the hub hears, in words. It answers questions with the body that they had, and sends on what is for a member. */
class Listening implements HubService {
  readonly name = 'x';
  readonly heard: string[] = [];
  readonly #hub: Hub;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  receive(from: HubMember, incoming: Incoming): void {
    const { header } = incoming;
    this.heard.push(`${from.id} sends ${String(header.get('t'))}`);
    const to = this.#hub.members.get(Number(header.get('to')));
    const n = header.get('n');
    if (to) incoming.forward([to.outbox], '{"s":"x","t":"on"}', { key: 'on' });
    else if (typeof n === 'number') incoming.whole((body) => from.send({ s: 'x', ack: n }, keptBody(body)));
  }

  leaving(member: HubMember): void {
    assert.ok(member.isLeaving);
    this.heard.push(`${member.id} leaves`);
  }

  ended(member: HubMember): void {
    assert.ok(member.hasEnded && member.isLeaving);
    assert.ok(!this.#hub.members.has(member.id));
    this.heard.push(`${member.id} ended`);
  }
}

interface PlayedWorker extends TogetherWorker {
  isLeaving: boolean;
}

/** A hub with workers that are objects of this test, and their ends of the ways to it. */
class PlayedCluster {
  readonly workers: PlayedWorker[] = [];
  readonly door: PrimaryDoor = {
    workers: () => this.workers,
    openPipes: () => undefined,
    textWay: () => assert.fail('no text'),
    events: undefined,
    hub: undefined,
    fleet: undefined,
  };
  readonly hub: Hub;
  service: Listening | undefined;
  readonly #opened = new Map<number, Way>();

  constructor(before = 0) {
    for (let count = 0; count < before; count += 1) this.#make();
    this.hub = new Hub((hub) => [(this.service = new Listening(hub))]);
    this.hub.attach(this.door, ({ id }) => {
      assert.ok(!this.#opened.has(id), 'opened twice');
      const [there, way] = memoryWays();
      this.#opened.set(id, way);
      return there;
    });
  }

  get heard(): string[] {
    return this.service?.heard ?? [];
  }

  /** Takes off what was heard. */
  take(): string[] {
    return this.heard.splice(0);
  }

  fork(): PlayedWorker {
    const worker = this.#make();
    this.door.events?.onForked(worker);
    return worker;
  }

  join(worker: TogetherWorker): { readonly here: Here; readonly way: Way } {
    const { id, slot } = worker;
    this.door.events?.onJoin(worker);
    const way = this.#opened.get(id);
    assert.ok(way);
    return { here: new Here({ id, slot, open: (onOpen) => onOpen(way) }), way };
  }

  joined(): { readonly worker: PlayedWorker; readonly here: Here; readonly way: Way } {
    const worker = this.fork();
    return { worker, ...this.join(worker) };
  }

  #make(): PlayedWorker {
    const id = this.workers.length + 1;
    const worker = { id, slot: id - 1, isLeaving: false, forkedAtMs: 0, connections: 0 };
    this.workers.push(worker);
    return worker;
  }
}

describe('Hub', () => {
  it('reads what a worker has written by its end, and sends it nothing more', () => {
    const cluster = new PlayedCluster();
    const worker = cluster.fork();
    const member = cluster.hub.members.get(worker.id);
    assert.ok(member);
    const way = new PlayedWay();
    const readRest = (): void => way.onFrame?.(wholeFrame(1, { s: 'x', t: 'last', n: 1 }, 'true'));
    cluster.hub.join(member, Object.assign(way, { readRest }));
    cluster.door.events?.onEnded(worker);
    assert.deepEqual(cluster.heard, ['1 sends last', '1 ended']);
    assert.deepEqual(way.written, [], 'it has asked, and is not answered');
  });

  it('knows the primary, the workers that were there, and those that are forked', () => {
    const cluster = new PlayedCluster(2);
    cluster.fork();
    assert.deepEqual([...cluster.hub.members.keys()], [0, 1, 2, 3]);
    assert.deepEqual(
      cluster.hub.workers.map(({ id, slot, hasJoined }) => ({ id, slot, hasJoined })),
      [1, 2, 3].map((id) => ({ id, slot: id - 1, hasJoined: false })),
    );
  });

  it('opens one way to a member that joins', () => {
    const cluster = new PlayedCluster();
    const { worker } = cluster.joined();
    cluster.door.events?.onJoin(worker);
    assert.equal(cluster.hub.members.get(1)?.hasJoined, true);
  });

  it('lets a primary join as workers do', async () => {
    const cluster = new PlayedCluster();
    const [there, way] = memoryWays();
    const here = new Here({ id: 0, slot: undefined, open: (onOpen) => onOpen(way) });
    const primary = cluster.hub.members.get(0);
    assert.ok(primary);
    cluster.hub.join(primary, there);
    here.send({ s: 'x', t: 'hello' });
    await here.reached();
    assert.deepEqual(cluster.take(), ['0 sends hello']);
    assert.equal(primary.isLeaving, false);
  });

  it('brings messages to services, and answers back', async () => {
    const cluster = new PlayedCluster();
    const [one, two] = [cluster.joined(), cluster.joined()];
    const answers: string[] = [];
    for (const { here } of [one, two]) {
      here.send({ s: 'nobody', t: 'lost' });
      here.ask({ s: 'x', t: 'question' }, `"${here.id}"`, (answer) =>
        answer?.whole((body) => answers.push(rawBody(body).bytes.toString())),
      );
    }
    await Promise.all([one.here.reached(), two.here.reached()]);
    assert.deepEqual(cluster.take(), ['1 sends question', '2 sends question']);
    assert.deepEqual(answers, ['"1"', '"2"']);
  });

  it('keeps what is for a member until that joins', async () => {
    const cluster = new PlayedCluster();
    const worker = cluster.fork();
    const member = cluster.hub.members.get(worker.id);
    for (const t of [1, 2]) member?.send({ s: 'x', t });
    const { here } = cluster.join(worker);
    const seen: unknown[] = [];
    here.receive('x', ({ header }) => seen.push(header.get('t')));
    await here.reached();
    assert.deepEqual(seen, [1, 2]);
  });

  it('answers a ping when all is here that was sent before, and after all that it has sent', async () => {
    const cluster = new PlayedCluster();
    const { here } = cluster.joined();
    const seen: unknown[] = [];
    here.receive('x', ({ header }) => seen.push(header.get('t')));
    here.send({ s: 'x', t: 'before' });
    cluster.hub.members.get(1)?.send({ s: 'x', t: 'to it' });
    await here.reached();
    assert.deepEqual(cluster.take(), ['1 sends before']);
    assert.deepEqual(seen, ['to it']);
  });
});

describe('Hub, of a member that leaves', () => {
  it('tells its services once, whoever says so first', async () => {
    const cluster = new PlayedCluster();
    const [one, two] = [cluster.joined(), cluster.joined()];
    cluster.take();
    one.worker.isLeaving = true;
    cluster.door.events?.onLeaving(one.worker);
    assert.deepEqual(cluster.take(), ['1 leaves']);
    await one.here.leave();
    await two.here.leave();
    two.worker.isLeaving = true;
    cluster.door.events?.onLeaving(two.worker);
    assert.deepEqual(cluster.take(), ['2 leaves']);
    assert.ok(cluster.hub.workers.every(({ isLeaving }) => isLeaving));
  });

  it('lets it finish only when it has all that it was sent, however large', async () => {
    const cluster = new PlayedCluster();
    const worker = cluster.fork();
    const { here, way } = cluster.join(worker);
    let isHere = false;
    here.receive('x', (incoming) => incoming.whole(() => (isHere = true)));
    let hadAll = false;
    here.beforeLeaving(async () => {
      hadAll = isHere;
      return Promise.resolve();
    });
    const large = { isJson: false, bytes: Buffer.alloc(10 * PIECE_BYTES) };
    // As that of another member, of which pieces are still to come.
    const outbox = cluster.hub.members.get(1)?.outbox;
    const stream = outbox?.begin('{"s":"x"}', large, { key: 'large' });
    let hasLeft = false;
    const left = here.leave().then(() => (hasLeft = true));
    await here.reached();
    await turn();
    assert.deepEqual([isHere, hasLeft], [false, false]);
    stream?.push(large.bytes, true);
    await left;
    assert.equal(hadAll, true);
    way.close();
  });

  it('knows of it before that finishes what it has, and takes what it still sends', async () => {
    const cluster = new PlayedCluster();
    const { here } = cluster.joined();
    here.beforeLeaving(async () => {
      assert.deepEqual(cluster.take(), ['1 leaves']);
      here.send({ s: 'x', t: 'the last' });
      return Promise.resolve();
    });
    await here.leave();
    assert.deepEqual(cluster.take(), ['1 sends the last']);
    assert.equal(cluster.hub.members.get(1)?.hasEnded, false);
  });
});

describe('Hub, of a member that ends', () => {
  it('tells its services at once, and once, where its process has ended', async () => {
    const cluster = new PlayedCluster();
    const { worker, here } = cluster.joined();
    cluster.take();
    cluster.door.events?.onEnded(worker);
    assert.deepEqual(cluster.take(), ['1 ended']);
    await turn();
    await turn();
    assert.ok(here.isLost);
    cluster.door.events?.onEnded(worker);
    cluster.door.events?.onLeaving(worker);
    cluster.door.events?.onJoin(worker);
    assert.deepEqual(cluster.take(), []);
  });

  it('tells them where its way has ended', async () => {
    const cluster = new PlayedCluster();
    const { worker, way } = cluster.joined();
    cluster.take();
    way.close();
    await turn();
    assert.deepEqual(cluster.take(), ['1 ended']);
    cluster.door.events?.onEnded(worker);
    assert.deepEqual(cluster.take(), []);
  });

  it('tells them where it never joined', () => {
    const cluster = new PlayedCluster();
    const worker = cluster.fork();
    const member = cluster.hub.members.get(worker.id);
    cluster.door.events?.onEnded(worker);
    assert.deepEqual(cluster.take(), ['1 ended']);
    member?.send({ s: 'x' }, 'true');
    assert.equal(member?.outbox.waitingBytes, 0);
  });

  it('does so where that brings garbage', async () => {
    const cluster = new PlayedCluster();
    const { here, way } = cluster.joined();
    cluster.take();
    way.write(wholeFrame(1, 'no JSON', undefined));
    here.send({ s: 'x', t: 'late' });
    await turn();
    assert.deepEqual(cluster.take(), ['1 ended']);
    assert.ok(here.isLost);
  });

  it('takes nothing of it afterwards', async () => {
    const cluster = new PlayedCluster();
    const { worker, here } = cluster.joined();
    cluster.take();
    here.send({ s: 'x', t: 'late' });
    cluster.door.events?.onEnded(worker);
    await turn();
    assert.deepEqual(cluster.take(), ['1 ended']);
  });

  it('aborts what of it is on its way to others, who go on', async () => {
    const cluster = new PlayedCluster();
    const [one, two] = [cluster.joined(), cluster.joined()];
    let begun = 0;
    let whole = 0;
    two.here.receive('x', (incoming) => {
      begun += 1;
      incoming.whole(() => (whole += 1));
    });
    const first = { isJson: true, bytes: Buffer.from('1') };
    one.way.write(firstFrame(1, '{"s":"x","to":2}', first));
    await two.here.reached();
    assert.deepEqual([begun, whole], [1, 0]);
    cluster.door.events?.onEnded(one.worker);
    // In the same order as what was begun.
    while (!one.here.isLost) await turn();
    cluster.hub.members.get(2)?.send({ s: 'x' });
    await two.here.reached();
    assert.deepEqual([begun, whole], [2, 1]);
    assert.equal(cluster.hub.members.get(2)?.outbox.waitingBytes, 0);
  });

  it('tells those once who wait for an answer: their hub is lost', async () => {
    const cluster = new PlayedCluster();
    const { worker, here } = cluster.joined();
    const told: unknown[] = [];
    const lost = new Promise<void>((resolve) => here.onceLost(resolve));
    for (const n of [1, 2]) here.ask({ s: 'nobody' }, undefined, (answer) => told.push(n, answer));
    cluster.door.events?.onEnded(worker);
    await lost;
    await turn();
    assert.deepEqual(told, [1, undefined, 2, undefined]);
  });
});
