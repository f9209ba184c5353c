// One process, and what the Web Locks API says of it: prints a line for each step.
import { setImmediate as turn } from 'node:timers/promises';

import { locks } from 'grappolo/together';

const log = (...words) => console.log(words.join(' '));
const failed = (what) => (error) => log(what, 'failed:', error.name);

/** A lock that is held until `release` is called. */
function hold(name, options, what) {
  const held = Promise.withResolvers?.() ?? withResolvers();
  const granted = withResolvers();
  const done = locks
    .request(name, options, (lock) => {
      // Whether a thief has it first, or who had it is told first, is nobody's business.
      if (!options.steal) log(what, lock ? `${lock.name} ${lock.mode}` : 'null');
      granted.resolve();
      return held.promise;
    })
    .then((value) => log(what, 'gave', value), failed(what));
  return { granted: granted.promise, release: held.resolve, done };
}

function withResolvers() {
  let resolve;
  const promise = new Promise((onDone) => (resolve = onDone));
  return { promise, resolve };
}

async function shown() {
  const { held, pending } = await locks.query();
  const texts = (infos) =>
    infos
      .map(({ name, mode }) => `${name}:${mode}`)
      .toSorted()
      .join(',');
  log('held', texts(held), 'pending', texts(pending));
}

log('result', await locks.request('a', () => 1));
log('result', await locks.request('a', { mode: 'shared' }, async () => 2));
await locks
  .request('a', () => {
    throw new RangeError('no');
  })
  .catch(failed('thrower'));

const one = hold('a', {}, 'one');
await one.granted;
const two = hold('a', { mode: 'shared' }, 'two');
const three = hold('a', { mode: 'shared' }, 'three');
const four = hold('a', {}, 'four');
await shown();
log('if available', await locks.request('a', { ifAvailable: true }, (lock) => lock));
one.release(1);
await Promise.all([one.done, two.granted, three.granted]);
await shown();
two.release(2);
three.release(3);
await Promise.all([two.done, three.done, four.granted]);

const stopping = new AbortController();
const five = hold('a', { signal: stopping.signal }, 'five');
await shown();
stopping.abort();
await five.done;
await shown();

const thief = hold('a', { steal: true }, 'thief');
await Promise.all([four.done, thief.granted]);
await shown();
thief.release('loot');
await thief.done;
await shown();

for (const [name, options] of [
  ['-a', {}],
  ['a', { steal: true, ifAvailable: true }],
  ['a', { steal: true, mode: 'shared' }],
  ['a', { steal: true, signal: new AbortController().signal }],
  ['a', { ifAvailable: true, signal: new AbortController().signal }],
  ['a', { signal: AbortSignal.abort() }],
  ['a', { mode: 'both' }],
]) {
  await locks.request(name, options, () => log('granted')).catch(failed('refused'));
}
await locks.request('a', {}).catch(failed('no callback'));
await turn();
await shown();
