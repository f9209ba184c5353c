// What a worker sees of args, execArgv, its environment and how it was started.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  process.env.FROM_PRIMARY = 'yes';
  process.env.OVERRIDDEN = 'primary';
  process.env.NODE_OPTIONS = '--no-deprecation --stack-trace-limit=17';
  cluster.setupPrimary({
    args: ['one', '--two=2', 'three four'],
    execArgv: ['--no-warnings', '--expose-gc'],
  });
  const worker = cluster.fork({
    OVERRIDDEN: 'fork',
    ADDED: 'added',
    NUMBER: 7,
    FLAG: false,
    UNSET: undefined,
    NOTHING: null,
  });
  worker.on('message', (message) => console.log(JSON.stringify(message, null, 1)));
  worker.on('exit', (code) => {
    console.log('exit', code);
    console.log('primary env:', process.env.ADDED, process.env.OVERRIDDEN, process.env.NODE_UNIQUE_ID);
    console.log('primary NODE_OPTIONS:', process.env.NODE_OPTIONS);
  });
} else {
  const { FROM_PRIMARY, OVERRIDDEN, ADDED, NUMBER, FLAG, NOTHING, NODE_OPTIONS } = process.env;
  // Coverage and debuggers aside, a worker's environment holds what the primary's does and what fork() was given.
  process.send(
    {
      argv: process.argv.slice(2),
      script: process.argv[1] === __filename,
      node: process.argv[0] === process.execPath,
      execArgv: process.execArgv,
      gc: typeof globalThis.gc,
      env: { FROM_PRIMARY, OVERRIDDEN, ADDED, NUMBER, FLAG, NOTHING, NODE_OPTIONS },
      unset: 'UNSET' in process.env,
      mark: Object.keys(process.env).filter((name) => /UNIQUE|GRAPPOLO_W|CHANNEL/.test(name)),
      limit: Error.stackTraceLimit,
      main: require.main === module,
      preloaded: module.children.length,
    },
    () => process.disconnect(),
  );
}
