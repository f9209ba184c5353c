import { TTL_MS } from '../../../packages/fleet/src/fleet-engine.ts';
import { atMost, type Row } from '../../support/soak-row.ts';
import { startServer } from '../nats-hosts.ts';
import { Candidates } from './candidates.ts';

const KILLS = 12;
const RUN_MS = 900_000;

export const LEADER_ROW: Row = {
  name: 'leader',
  what: `the holder of a lease is killed ${KILLS} times, each time with two others that want it`,
  async run(t) {
    const engine = await startServer(t);
    const candidates = await Candidates.start(t, engine.url, { runMs: RUN_MS });
    const tookMs: number[] = [];
    for (let kills = 0; kills < KILLS; kills += 1) {
      const killedMs = await candidates.killHolder();
      const { beganMs } = await candidates.untilHeld(killedMs);
      tookMs.push(beganMs - killedMs);
      await candidates.add();
    }
    return [
      atMost('from a kill to the next leader, at most', Math.max(...tookMs), TTL_MS + 1000, ' ms'),
      ...candidates.checks(),
    ];
  },
};
