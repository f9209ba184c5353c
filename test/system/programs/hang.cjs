// Does not come back to its event loop, in the way that is named, for as many ms as are named, or until there is the file
// that is named, or for ever; and then says that it went on.
const { spawnSync } = require('node:child_process');
const { existsSync, writeSync } = require('node:fs');

const [, , way, end = 'Infinity'] = process.argv;
const file = end.startsWith('/') ? end : undefined;
const endsAt = Date.now() + (file ? Infinity : Number(end));

function outer() {
  inner();
}

const inner = () => ways[way]();

const ways = {
  loop() {
    begin();
    while (Date.now() < endsAt && !(file && existsSync(file)));
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
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(end));
  },
  'spawn-sync'() {
    begin();
    const looks =
      'const timer = setInterval(() => fs.existsSync(process.argv[1]) && clearInterval(timer), 20)';
    spawnSync(process.execPath, ['-e', looks, file]);
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
