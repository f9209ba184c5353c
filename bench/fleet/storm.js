// One seed: a fleet in a storm of faults, while people reload it, abort that, and drivers die.
import { World } from './world.js';

const FAULTS = { loss: 0.005, late: 0.01, rateError: 0.02, stepFails: 0.03 };

/** What was found, and how much has happened at all. */
export function storm({
  seed,
  hosts,
  seconds = 300,
  candidates = 10,
  plants,
  callMs,
  faults = FAULTS,
  engineRestartS = 60,
}) {
  const world = new World({ seed, faults, plants, callMs });
  const { events, engine, random, invariants } = world;
  const maxUnavailable = Math.max(1, Math.floor(hosts / 50));
  for (let i = 0; i < hosts; i += 1) world.startHost(`h${i}`, { isCandidate: i < candidates });
  const pick = (list) => list[Math.floor(random() * list.length)];
  const between = (least, most) => least + random() * (most - least);
  // From one seed to the next it is stormy or nearly calm: in the worst of storms no rollout gets far.
  const calm = 1 + random() * 7;
  /** Again and again, after a time by chance. */
  const repeat = (meanS, run) => {
    const next = () =>
      events.after(-Math.log(1 - random()) * meanS * calm * 1000, () => {
        run();
        next();
      });
    next();
  };
  repeat(8, () => {
    // The one that holds a lease is the interesting one.
    const all = [...world.hosts, ...world.drivers];
    const holders = all.filter((each) => each.leader?.state.tenure);
    const process = random() < 0.5 && holders.length > 0 ? pick(holders) : pick(all);
    if (process) world.cut(process, between(500, 40_000));
  });
  repeat(20, () => {
    const process = pick([...world.hosts, ...world.drivers]);
    if (process) world.stall(process, between(500, 30_000));
  });
  // One that is just being told what to do.
  repeat(20, () => {
    const ordered = [...world.drivers].flatMap(({ rollout }) => rollout.state.record?.out ?? []);
    const process = world.hosts.find(({ id }) => ordered.some(({ instance }) => instance === id));
    if (!process) return;
    world.stall(process, between(5000, 30_000));
    if (random() < 0.3) events.after(between(0, 4000), () => world.restartEngine(between(0, 5000)));
  });
  repeat(engineRestartS, () => world.restartEngine(between(0, 5000)));
  repeat(40, () => {
    engine.pausedUntilMs = events.nowMs + between(100, 12_000);
  });
  repeat(40, () => {
    const process = pick(world.hosts);
    if (!process) return;
    world.kill(process);
    events.after(between(1000, 30_000), () => world.startHost(process.host, process));
  });
  repeat(30, () => {
    const process = pick([...world.drivers]);
    if (process) world.kill(process);
  });
  repeat(12 / calm, () => world.drivers.size < 4 && world.startDriver({ maxUnavailable }));
  repeat(150 / calm, () => world.drivers.size < 4 && world.startDriver({ intent: 'abort', maxUnavailable }));
  events.runUntil(seconds * 1000);
  const { violations, tenures, steps, unknowable } = invariants;
  return {
    violations,
    tenures,
    steps,
    unknowable,
    lives: engine.life,
    events: events.count,
    outcomes: countBy(world.outcomes),
  };
}

function countBy(outcomes) {
  const counts = {};
  for (const { result } of outcomes) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}
