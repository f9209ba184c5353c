// How much a fleet without faults says, and how long what takes.
import { tryIntervalMs } from '../../.build/packages/fleet/src/protocol/lease.js';
import { TTL_MS, World } from './world.js';

/** How long is measured what a fleet says at rest. */
const REST_S = 30;
const STEP_MS = 10_000;
const SOAK_MS = 30_000;

export function measure(hosts) {
  return { ...atRest(hosts), ...newLeader(hosts), ...reload(hosts) };
}

/** Every host has a heartbeat and would be the leader. */
function atRest(hosts) {
  const world = new World({ seed: hosts, tryMs: tryIntervalMs(TTL_MS, hosts) });
  for (let i = 0; i < hosts; i += 1) world.startHost(`h${i}`, { isCandidate: true });
  const { events, engine } = world;
  // The epoch opens after a TTL, and those who then have tried once are spread over their intervals.
  events.runUntil(90_000);
  const before = { ...engine.counts };
  events.runUntil(90_000 + REST_S * 1000);
  const perS = (count) => Math.round((count * 10) / REST_S) / 10;
  const rest = {
    messagesPerS: perS(engine.counts.messages - before.messages),
    writesPerS: perS(engine.counts.writes - before.writes),
  };
  const startMs = events.nowMs;
  const atStart = engine.counts.messages;
  let statusMs;
  let view;
  world.readStatus((told) => {
    statusMs = events.nowMs - startMs;
    view = told;
  });
  events.runUntil(startMs + 5000, () => view !== undefined);
  const usual = (rest.messagesPerS * statusMs) / 1000;
  const known = view.hosts.filter(({ state }) => state === 'known').length;
  if (known !== hosts) throw new Error(`The status tells of ${known} hosts of ${hosts}`);
  return {
    ...rest,
    statusMs,
    statusMessages: Math.max(0, Math.round(engine.counts.messages - atStart - usual)),
  };
}

/** After the leader's death: about a TTL after its last renewal, and until the next try of anybody. */
function newLeader(hosts) {
  const tookMs = [];
  const rounds = hosts > 1000 ? 5 : 20;
  for (let round = 0; round < rounds; round += 1) {
    const world = new World({
      seed: 1000 + round,
      tryMs: tryIntervalMs(TTL_MS, hosts),
      hasHeartbeats: false,
    });
    for (let i = 0; i < hosts; i += 1) world.startHost(`h${i}`, { isCandidate: true });
    const { events } = world;
    const leader = () => world.hosts.find((host) => host.leader.state.tenure);
    events.runUntil(60_000 + round * 700);
    world.kill(leader());
    const diedMs = events.nowMs;
    const { tenures } = world.invariants;
    events.runUntil(diedMs + 120_000, () => world.invariants.tenures > tenures);
    tookMs.push(events.nowMs - diedMs);
  }
  tookMs.sort((a, b) => a - b);
  return { leaderMedianMs: tookMs[Math.floor(tookMs.length / 2)], leaderWorstMs: tookMs.at(-1) };
}

/** One host in a hundred at once; its own reload takes 10 s, the soak 30 s. */
function reload(hosts) {
  const maxUnavailable = Math.max(1, Math.floor(hosts / 100));
  const world = new World({ seed: hosts, stepMs: STEP_MS, soakMs: SOAK_MS, hasHeartbeats: false });
  for (let i = 0; i < hosts; i += 1) world.startHost(`h${String(i).padStart(5, '0')}`);
  const { events, engine } = world;
  events.runUntil(5000);
  let outcome;
  let startMs = events.nowMs;
  let messages = 0;
  world.startDriver({ maxUnavailable, onEnd: (ended) => (outcome = ended) });
  events.runUntil(1e9, () => {
    // The first epoch opens only after a TTL, once.
    if (world.invariants.steps === 0) [startMs, messages] = [events.nowMs, engine.counts.messages];
    return outcome !== undefined;
  });
  if (outcome.result !== 'done' || outcome.done.length !== hosts)
    throw new Error(`The reload of ${hosts} hosts: ${JSON.stringify(outcome).slice(0, 200)}`);
  return {
    maxUnavailable,
    reloadS: (events.nowMs - startMs) / 1000,
    reloadMessagesPerHost: (engine.counts.messages - messages) / hosts,
  };
}
