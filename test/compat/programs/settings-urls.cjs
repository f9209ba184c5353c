// exec and cwd may be what child_process.fork() takes in their place: file URLs.
const cluster = require('node:cluster');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const child = path.join(__dirname, '_child.cjs');
const runs = [
  { exec: pathToFileURL(child), args: ['url'] },
  { exec: child, cwd: pathToFileURL(`${__dirname}/`), args: ['cwd'] },
  { exec: child, cwd: undefined, args: Object.freeze(['frozen']) },
  { exec: child, args: [1, true] },
];
next(0);

function next(index) {
  const settings = runs[index];
  if (!settings) return;
  cluster.setupPrimary(settings);
  try {
    const worker = cluster.fork();
    worker.on('message', ({ args, cwd }) => console.log(args, cwd === __dirname, cwd === process.cwd()));
    worker.on('exit', (code, signal) => {
      console.log('exit', code, signal);
      next(index + 1);
    });
  } catch (error) {
    console.log(error.name, error.code);
    next(index + 1);
  }
}
