// Starts programs with an inspector whose ports are free.
const childProcess = require('node:child_process');
const { once } = require('node:events');

const { freePorts } = require('../../support/free-ports.cjs');

/**
 * Runs `node OPTION FILE primary`, where PORT in the option is a port that is free, as are the `count - 1` after it;
 * gives what it prints, with these ports as P+0, P+1 and so on. The option may be given in NODE_OPTIONS instead.
 */
exports.runInspected = async (file, { option = '', nodeOptions = '', count = 3 }) => {
  const port = await freePorts(count);
  const withPort = (text) => text.replace('PORT', port).split(' ').filter(Boolean);
  const args = [...withPort(option), ...process.execArgv, file, 'primary'];
  const env = { ...process.env };
  env.NODE_OPTIONS = [env.NODE_OPTIONS ?? '', ...withPort(nodeOptions)].join(' ').trim();
  const child = childProcess.spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part) => (text += part));
  const [code] = await once(child, 'close');
  for (let i = count; i >= 0; i -= 1) text = text.replaceAll(String(port + i), `P+${i}`);
  return `${text.trim()} | exit ${code}`;
};
