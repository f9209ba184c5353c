// What becomes of options that nobody would choose: each of so many of a list, which SEED decides.
//   node _options.cjs single|cluster net|dgram SEED COUNT
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const net = require('node:net');

const [mode, module_, seed, count] = process.argv.slice(2);

const PORTS = [
  undefined,
  null,
  0,
  '0',
  ' 0 ',
  '',
  'x',
  true,
  false,
  0.9,
  NaN,
  -1,
  65_536,
  1e300,
  Infinity,
  [],
  [0],
  {},
  () => {},
];
const FLAGS = [undefined, null, 0, 1, '', 'x', true, false, NaN, {}, []];
const VALUES = {
  net: {
    port: PORTS,
    host: [undefined, null, '', '127.0.0.1', '::1', 'localhost', '0.0.0.0', 5, {}],
    backlog: [
      undefined,
      null,
      0,
      1,
      -1,
      5,
      '5',
      'x',
      1.5,
      0.5,
      NaN,
      Infinity,
      -Infinity,
      1e300,
      2 ** 31,
      true,
      [3],
      {},
    ],
    readableAll: FLAGS,
    writableAll: FLAGS,
    ipv6Only: FLAGS,
    path: [undefined, undefined, undefined, undefined, undefined, null, '', 5],
    fd: [undefined, undefined, undefined, undefined, -1, '0', NaN],
  },
  dgram: {
    // Those that name a real port may be taken.
    port: PORTS.filter((port) => port !== true && port !== -1),
    address: [undefined, null, '', '127.0.0.1', 'localhost', '0.0.0.0', 5, {}],
    fd: [undefined, undefined, undefined, undefined, -1, '0', NaN],
  },
};

let state = Number(seed);
/** A number below `limit`; see https://en.wikipedia.org/wiki/Linear_congruential_generator. */
function below(limit) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

function pick(values) {
  return values[below(values.length)];
}

function randomOptions() {
  const options = {};
  for (const [key, values] of Object.entries(VALUES[module_])) {
    if (below(3) > 0) options[key] = pick(values);
  }
  return options;
}

if (mode === 'cluster' && cluster.isPrimary) cluster.fork();
else void run();

async function run() {
  for (let i = 0; i < Number(count); i += 1) {
    // In all forms that the function has.
    const options = randomOptions();
    const args =
      below(2) === 0 ? [options] : [options.port, options.host ?? options.address].slice(0, 1 + below(2));
    console.log(i, show(args), await resultOf(args));
  }
  if (process.connected) process.disconnect();
}

function resultOf(args) {
  const target = module_ === 'net' ? net.createServer() : dgram.createSocket('udp4');
  return new Promise((resolve) => {
    const end = (result) => {
      try {
        target.close(() => resolve(result));
      } catch {
        resolve(result);
      }
    };
    target.on('error', ({ code }) => end(code));
    target.on('listening', () => {
      const { address, port } = target.address();
      end(`${address} ${port > 0}`);
    });
    try {
      if (module_ === 'net') target.listen(...args);
      else target.bind(...args);
    } catch (error) {
      end(`throws ${error.code ?? error.name}`);
    }
  });
}

function show(args) {
  const text = (value) =>
    typeof value === 'object' && value !== null
      ? textOf(value)
      : typeof value === 'string'
        ? JSON.stringify(value)
        : String(value);
  const textOf = (object) =>
    Array.isArray(object)
      ? `[${object.map(text).join()}]`
      : `{${Object.entries(object)
          .map(([key, value]) => `${key}: ${text(value)}`)
          .join(', ')}}`;
  return args.map(text).join(', ');
}
