// fork() with odd environments, without its object, with an id in the environment, and from a script without a file.
const childProcess = require('node:child_process');
const cluster = require('node:cluster');

const { fork, setupPrimary, isPrimary } = cluster;

if (isPrimary) {
  setupPrimary();
  const environments = [
    undefined,
    null,
    'text',
    5,
    { NODE_UNIQUE_ID: '77' },
    Object.create({ INHERITED: 'no' }),
    { PATH: undefined },
    { ARRAY: [1, 2], OBJECT: {} },
    { VALUE: 'kept', value: 'also' },
    { VALUE: 'with "quotes" and\nlines' },
  ];
  const told = [];
  for (const env of environments) {
    const worker = fork(env);
    worker.on('message', (message) => (told[worker.id - 1] = JSON.stringify(message)));
  }
  process.on('exit', () => {
    console.log(told.join('\n'));
    const script = `
      const cluster = require('cluster');
      try { cluster.fork(); } catch (error) { console.log(error.name, error.code, cluster.settings.exec); }
    `;
    const args = [...process.execArgv, '-e', script];
    console.log(childProcess.spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout);
  });
} else {
  const { NODE_UNIQUE_ID, INHERITED, PATH, ARRAY, OBJECT, VALUE, value } = process.env;
  const { 0: first } = process.env;
  const message = {
    id: cluster.worker.id,
    NODE_UNIQUE_ID,
    INHERITED,
    path: typeof PATH,
    ARRAY,
    OBJECT,
    VALUE,
    value,
  };
  process.send({ ...message, first }, () => process.disconnect());
}
