import { until } from '../../support/load.ts';
import type { PrimaryDoor, TogetherWorker } from '../../../src/api/together.ts';
import { own } from '../../../src/own.ts';
import { CallService } from '../../../src/together/calls/call-service.ts';
import { Hub, PRIMARY_ID } from '../../../src/together/hub.ts';
import type { OutHeader } from '../../../src/together/header.ts';
import { IncomingReader } from '../../../src/together/incoming.ts';
import { Outbox } from '../../../src/together/outbox.ts';
import { memoryWays } from '../../../src/together/way.ts';
import type { Way } from '../../../src/together/way.ts';

/** What a member was sent: the fields of the header. */
export type Got = Readonly<Record<string, unknown>>;

const FIELDS = ['t', 'c', 'api', 'm', 'from', 'ack', 'ok', 'fail', 'id', 'slot', 'members'];

interface PlayedOptions {
  /** What it is sent waits for `read()`. */
  readonly readsNothing?: boolean;
}

/** A process that says what the test has it say, and keeps what it is sent. */
export class PlayedMember {
  readonly got: Got[] = [];
  readonly #outbox = new Outbox();
  readonly #hubsWay: Way;
  #isReading: boolean;

  constructor(hub: Hub, id: number, { readsNothing = false }: PlayedOptions = {}) {
    const member = hub.members.get(id);
    if (!member) throw new Error(`there is no member ${id}`);
    const [there, here] = memoryWays();
    const reader = new IncomingReader(
      ({ header }) => {
        const fields = FIELDS.map((key) => [key, header.get(key)] as const);
        this.got.push(Object.fromEntries(fields.filter(([, value]) => value !== undefined)));
      },
      () => here.close(),
    );
    here.onFrame = (frame) => reader.take(frame);
    this.#isReading = !readsNothing;
    const write = there.write.bind(there);
    there.write = (frame) => write(frame) && this.#isReading;
    this.#hubsWay = there;
    hub.join(member, there);
    this.#outbox.open(here);
  }

  say(header: OutHeader, value: unknown = []): void {
    this.#outbox.send({ s: 'call', ...header }, JSON.stringify(value));
  }

  /** From now on. */
  read(): void {
    this.#isReading = true;
    this.#hubsWay.onRoom?.();
  }

  /** Waits until there is so much that it has been sent and nobody has taken. */
  async hears(count: number): Promise<void> {
    await until(`${count} messages`, () => this.got.length >= count);
  }

  /** Gives what it has been sent since it was last asked. */
  async taken(): Promise<readonly Got[]> {
    await settled();
    return this.got.splice(0);
  }
}

/** All that was said has arrived, and so have the answers. */
async function settled(): Promise<void> {
  for (let i = 0; i < 4; i += 1) await new Promise<void>((resolve) => void own.setImmediate(resolve));
}

interface ForkOptions extends PlayedOptions {
  readonly connections?: number;
  readonly ageMs?: number;
}

/** A hub that brings calls, whose workers are played. */
export class PlayedCluster {
  readonly primary: PlayedMember;
  readonly #hub = new Hub((hub) => [new CallService(hub)]);
  readonly #workers = new Map<number, { -readonly [K in keyof TogetherWorker]: TogetherWorker[K] }>();
  readonly #door: PrimaryDoor = {
    workers: () => [],
    openPipes: () => undefined,
    textWay: () => ({ send: () => {}, onData: undefined }),
    events: undefined,
    hub: undefined,
    fleet: undefined,
  };

  constructor() {
    this.#hub.attach(this.#door, () => memoryWays()[0]);
    this.primary = new PlayedMember(this.#hub, PRIMARY_ID);
  }

  fork(id: number, slot: number, { connections = 0, ageMs = 0, ...options }: ForkOptions = {}): PlayedMember {
    const worker = { id, slot, isLeaving: false, forkedAtMs: own.now() - ageMs, connections };
    this.#workers.set(id, worker);
    this.#door.events?.onForked(worker);
    return new PlayedMember(this.#hub, id, options);
  }

  leave(id: number): void {
    const worker = this.#workers.get(id);
    if (!worker) return;
    worker.isLeaving = true;
    this.#door.events?.onLeaving(worker);
  }

  end(id: number): void {
    const worker = this.#workers.get(id);
    if (worker) this.#door.events?.onEnded(worker);
  }
}
