/** Something that happens to a running supervisor, from outside. `pick`, from 0 to 1, chooses whom it happens to. */
export type Deed =
  /** A signal to a worker. */
  | { readonly type: 'kill' | 'stop' | 'end'; readonly pick: number }
  | { readonly type: 'reload' }
  | { readonly type: 'scale'; readonly workers: number }
  /** A request that does harm to whichever worker takes it. */
  | { readonly type: 'ask'; readonly path: '/spin' | '/block' | '/crash' | '/grow?mb=180' }
  /** A reload to a version that is broken, and then one to a good one. */
  | { readonly type: 'break'; readonly version: 'never listens' | 'dies' }
  /** To the supervisor: a reload, one worker more, one less. */
  | { readonly type: 'signal'; readonly signal: 'SIGHUP' | 'SIGTTIN' | 'SIGTTOU' }
  /** A control client that leaves in the middle: of its request, or of the answer. */
  | { readonly type: 'hang up'; readonly line: string }
  | { readonly type: 'malformed'; readonly line: string }
  | { readonly type: 'status' };

/** What happens at once, and how long after what came before, in ms. */
export interface Step {
  readonly afterMs: number;
  readonly deeds: readonly Deed[];
}

export interface PlanOptions {
  readonly seed: number;
  /** How many deeds. */
  readonly events: number;
  /** On average, in a second. */
  readonly perSecond: number;
}

/** The same for the same seed, on every machine. */
export function drawPlan({ seed, events, perSecond }: PlanOptions): readonly Step[] {
  const random = randomOf(seed);
  const steps: Step[] = [];
  let left = events;
  while (left > 0) {
    // Mostly one; what happens at once is where the races are.
    const count = Math.min(left, random() < 0.15 ? 2 + Math.floor(random() * 3) : 1);
    const afterMs = Math.round((count * -Math.log(1 - random()) * 1000) / perSecond);
    steps.push({ afterMs, deeds: Array.from({ length: count }, () => drawDeed(random)) });
    left -= count;
  }
  return steps;
}

type Random = () => number;

const MALFORMED: readonly string[] = [
  '',
  '\n',
  'status\n',
  '{"version":1,"command":"reload"',
  '{"version":2,"command":"reload"}\n',
  '{"version":1,"command":"explode"}\n',
  '{"version":1,"command":"scale","workers":-1}\n',
  '{"version":1,"command":"scale","workers":1e99}\n',
  '{"version":1,"command":"reload","workers":3}\n',
  '[[[[\n',
  `${'x'.repeat(10_000)}\n`,
  '\0\xff\n',
];

const CUT_OFF: readonly string[] = [
  '{"version":1,"command":"reload"}\n',
  '{"version":1,"command":"scale","workers":3}\n',
  '{"version":1,"comm',
  '{"version":1,"command":"status"}\n',
];

/** How often each is drawn, relative to the others. */
const DEEDS: readonly (readonly [weight: number, draw: (random: Random) => Deed])[] = [
  [18, (random) => ({ type: 'kill', pick: random() })],
  [12, (random) => ({ type: 'end', pick: random() })],
  [4, (random) => ({ type: 'stop', pick: random() })],
  [11, () => ({ type: 'reload' })],
  [14, (random) => ({ type: 'scale', workers: 1 + Math.floor(random() * 6) })],
  [3, () => ({ type: 'ask', path: '/spin' })],
  [4, () => ({ type: 'ask', path: '/block' })],
  [8, () => ({ type: 'ask', path: '/crash' })],
  [4, () => ({ type: 'ask', path: '/grow?mb=180' })],
  [3, (random) => ({ type: 'break', version: random() < 0.6 ? 'dies' : 'never listens' })],
  [5, (random) => ({ type: 'signal', signal: oneOf(['SIGHUP', 'SIGTTIN', 'SIGTTOU'], random) })],
  [5, (random) => ({ type: 'hang up', line: oneOf(CUT_OFF, random) })],
  [5, (random) => ({ type: 'malformed', line: oneOf(MALFORMED, random) })],
  [4, () => ({ type: 'status' })],
];

function drawDeed(random: Random): Deed {
  const total = DEEDS.reduce((sum, [weight]) => sum + weight, 0);
  let at = random() * total;
  for (const [weight, draw] of DEEDS) {
    at -= weight;
    if (at < 0) return draw(random);
  }
  return { type: 'status' };
}

function oneOf<const T>(values: readonly T[], random: Random): T {
  return values[Math.floor(random() * values.length)] as T;
}

/** Numbers from 0 to 1, by mulberry32: enough for a draw, and the same everywhere. */
function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
