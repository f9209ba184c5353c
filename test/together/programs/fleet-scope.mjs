// What is meant for a fleet, on a host that is in none, and on one that joins one by itself: a played one, which answers itself.
// Prints as JSON what came of it.
import cluster from 'grappolo';
import { channel, runOnce, useFleet } from 'grappolo/together';

const codeOf = (deed) => {
  try {
    deed();
    return 'done';
  } catch (error) {
    return error.code;
  }
};
const codeOfJob = (options) => runOnce('a', options, () => 'given').catch((error) => error.code);

const tryAll = async () => [
  codeOf(() => channel('a', { scope: 'fleet' }).close()),
  codeOf(() => channel('a', { scope: 'world' })),
  await codeOfJob({ scope: 'fleet' }),
  await codeOfJob({ scope: 'world' }),
  codeOf(() => channel('a', { scope: 'host' }).close()),
  await codeOfJob({ scope: 'host' }),
];

const played = {
  listeners: new Set(),
  publish: (_subject, message) => played.listeners.forEach((listener) => listener(message)),
  listen: (_subject, listener) => {
    // As another host would say it.
    const elsewhere = (message) => listener({ ...message, from: 'elsewhere' });
    played.listeners.add(elsewhere);
    return { stop: () => played.listeners.delete(elsewhere) };
  },
  holdLease: ({ onHeld }) => {
    const timer = setTimeout(() => onHeld('t', Number(process.hrtime.bigint()) / 1e6 + 600_000), 5);
    return { release: () => clearTimeout(timer), abandon: () => clearTimeout(timer) };
  },
};

async function askWorker() {
  const worker = cluster.fork();
  const [answer] = await new Promise((resolve) => worker.once('message', (...received) => resolve(received)));
  worker.disconnect();
  return answer;
}

if (cluster.isPrimary) {
  const before = await tryAll();
  const early = await askWorker();
  const wrong = [undefined, {}, { link: played }, { holdLease: played.holdLease }].map((fleet) =>
    codeOf(() => useFleet(fleet)),
  );
  let onJoined;
  const first = codeOf(() => useFleet(new Promise((resolve) => (onJoined = resolve))));
  setTimeout(() => onJoined(played), 20);
  const primary = await tryAll();
  const worker = await askWorker();
  const again = codeOf(() => useFleet(played));
  console.log(JSON.stringify({ before, early, wrong, first, primary, worker, again }));
} else {
  const answer = await tryAll();
  let heard;
  if (answer[0] === 'done') {
    const news = channel('news', { scope: 'fleet' });
    heard = new Promise((resolve) => (news.onmessage = ({ data }) => resolve(data)));
    await news.ready();
    news.postMessage('through the fleet');
  }
  process.send({ tried: answer, uses: codeOf(() => useFleet(played)), heard: await heard });
}
