// What a primary and two workers have of the inspector.
const cluster = require('node:cluster');
const inspector = require('node:inspector');
const { once } = require('node:events');

exports.primary = async () => {
  const told = [[process.debugPort, url()].join(' ')];
  for (let i = 0; i < 2; i += 1) {
    const child = cluster.fork();
    told.push((await once(child, 'message'))[0]);
    child.disconnect();
    await once(child, 'exit');
  }
  console.log(told.join(' | '));
};

exports.worker = () => {
  const flags = process.execArgv.filter((flag) => /inspect|debug/.test(flag));
  process.send([process.debugPort, url(), flags.join()].join(' '));
};

function url() {
  return inspector.url()?.replace(/\/[-0-9a-f]+$/, '') ?? 'closed';
}
