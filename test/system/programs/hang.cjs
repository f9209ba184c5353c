// Does not come back to its event loop, in the way that is named, for as many ms as are named or for ever; and then says
// that it went on.
const { spawnSync } = require('node:child_process');
const { writeSync } = require('node:fs');

const [, , way, ms = 'Infinity'] = process.argv;
const endsAt = Date.now() + Number(ms);

function outer() {
  inner();
}

const inner = () => ways[way]();

const ways = {
  loop() {
    begin();
    while (Date.now() < endsAt);
  },
  handler() {
    process.on('SIGUSR1', () => console.log('own handler'));
    ways.loop();
  },
  // Node's own is gone as well, and nothing catches the signal any more.
  'handler-removed'() {
    const handler = () => {};
    process.on('SIGUSR1', handler).off('SIGUSR1', handler);
    ways.loop();
  },
  regex() {
    begin();
    /^(a+)+$/.test(`${'a'.repeat(40)}b`);
  },
  json() {
    begin();
    const value = Array.from({ length: 1000 }, (_, index) => ({ index }));
    while (Date.now() < endsAt) JSON.parse(JSON.stringify(value));
  },
  deep: () => deep(3000),
  atomics() {
    begin();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(ms));
  },
  'spawn-sync'() {
    begin();
    spawnSync(process.execPath, ['-e', `setTimeout(() => {}, ${ms})`]);
  },
};

function deep(depth) {
  if (depth > 0) deep(depth - 1);
  else ways.loop();
}

function begin() {
  writeSync(1, 'hangs\n');
}

outer();
console.log('went on');
// A signal that came meanwhile is seen before this.
setImmediate(() => {});
