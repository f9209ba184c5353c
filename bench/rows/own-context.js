// What it costs to bring each connection of a queue in a call and an asynchronous context of its own: an immediate and an
// AsyncResource, against four connections within one call. Measured in this process, since beside the rest of a connection it
// is lost in the noise.
import { inOwnContext } from '../../.build/src/system/own-context.js';
import { OURS_RR } from '../contestants.js';
import { figureTarget } from '../report/targets.js';

const A_TURN = 4;
const CONNECTIONS = 200_000;
const TOGETHER = { id: 'together', title: 'four in one call' };

export default {
  name: 'own-context',
  title: `What a context of its own adds to a connection, ${A_TURN} connections a turn`,
  columns: [
    { key: 'perConnectionUs', title: 'µs', digits: 2 },
    { key: 'extraUs', title: 'extra', digits: 2, isPlain: true },
  ],

  async run(context) {
    const sides = await context.interleave(
      [TOGETHER, OURS_RR],
      async (contestant) => {
        const together = await measure((deed) => offerTogether(deed));
        const perConnectionUs =
          contestant === TOGETHER ? together : await measure((deed) => offerOneByOne(deed));
        return { perConnectionUs, extraUs: perConnectionUs - together };
      },
      { rounds: 5 },
    );
    return {
      sides,
      targets: [
        figureTarget({
          what: 'CPU that a context of its own adds to a connection',
          sides,
          key: 'extraUs',
          unit: 'µs',
          ours: OURS_RR,
          theirs: TOGETHER,
          atMost: 1,
        }),
      ],
    };
  },
};

/** µs for each connection, of which a turn of the event loop brings a few. */
async function measure(offer) {
  let count = 0;
  const deed = () => (count += 1);
  const startedAt = performance.now();
  for (let turn = 0; turn < CONNECTIONS / A_TURN; turn += 1) {
    offer(deed);
    await new Promise(setImmediate);
  }
  return ((performance.now() - startedAt) * 1000) / CONNECTIONS;
}

function offerTogether(deed) {
  for (let i = 0; i < A_TURN; i += 1) deed();
}

function offerOneByOne(deed) {
  const bring = () => inOwnContext('GRAPPOLO_CONNECTION', 1, deed);
  for (let i = 1; i < A_TURN; i += 1) setImmediate(bring);
  bring();
}
