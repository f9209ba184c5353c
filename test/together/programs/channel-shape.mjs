// The same with a channel of grappolo and with Node's BroadcastChannel, within one process: node channel-shape.mjs OURS|NODES
import { once } from 'node:events';

import { channel } from 'grappolo/together';

const [, , whose] = process.argv;
const make = (name) => (whose === 'ours' ? channel(name) : new BroadcastChannel(name));
const told = [];
const tell = (...values) => told.push(values);

const one = make('shape');
const other = make('shape');
const elsewhere = make('elsewhere');
tell(one.name, one instanceof EventTarget, one.onmessage, one.onmessageerror);
elsewhere.onmessage = () => tell('heard elsewhere');
one.onmessage = () => tell('heard itself');
other.addEventListener('message', ({ type, data }) => tell('first', type, data));
other.onmessage = ({ data }) => tell('handler', data);
other.addEventListener('message', ({ data }) => tell('last', data));

one.postMessage('a text');
await once(other, 'message');
one.postMessage({ map: new Map([[1, { deep: [1n, undefined, new Date(0)] }]]), set: new Set([1]) });
await once(other, 'message');
const before = { value: 1 };
one.postMessage(before);
before.value = 2;
await once(other, 'message');

other.onmessage = null;
one.postMessage('without a handler');
await once(other, 'message');

// A handler that is also a listener is both, and keeps its place.
const both = make('both');
const heardByBoth = ({ data }) => tell('both', data);
both.onmessage = heardByBoth;
both.addEventListener('message', heardByBoth);
both.addEventListener('message', ({ data }) => tell('behind', data));
const saysToBoth = make('both');
const sayToBoth = async (value) => {
  saysToBoth.postMessage(value);
  await once(both, 'message');
};
await sayToBoth('twice');
both.onmessage = function ({ data }) {
  tell('another', data, this === both);
};
tell(both.onmessage === heardByBoth, typeof both.onmessage);
await sayToBoth('another is still the first');
both.onmessage = null;
tell(both.onmessage);
await sayToBoth('once');
both.onmessage = heardByBoth;
await sayToBoth('twice again');
both.onmessage = null;
both.onmessage = () => (both.onmessage = () => tell('replaced by itself'));
await sayToBoth('replaces itself');
await sayToBoth('replaced');
both.close();
saysToBoth.close();

for (const value of [() => {}, Symbol('s')]) {
  try {
    one.postMessage(value);
  } catch (error) {
    tell(error.name);
  }
}

one.postMessage('on its way');
one.close();
one.close();
try {
  one.postMessage('after the end');
} catch (error) {
  tell(error.name);
}
await once(other, 'message');
elsewhere.close();
other.close();
console.log(JSON.stringify(told.map((values) => values.map((value) => describe(value)))));

function describe(value) {
  if (value instanceof Map) return ['map', [...value].map((each) => describe(each))];
  if (value instanceof Set) return ['set', [...value]];
  if (value instanceof Date) return ['date', value.getTime()];
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return value.map((each) => describe(each));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).map(([key, each]) => [key, describe(each)]);
  return value === undefined ? 'undefined' : value;
}
