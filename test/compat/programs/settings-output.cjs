// What workers print: with silent it is the primary's to read, without it goes where the primary's own goes.
const cluster = require('node:cluster');

if (cluster.isPrimary) {
  cluster.setupPrimary({ silent: true, args: ['quiet'] });
  const quiet = cluster.fork();
  const texts = { out: '', err: '' };
  quiet.process.stdout.setEncoding('utf8').on('data', (text) => (texts.out += text));
  quiet.process.stderr.setEncoding('utf8').on('data', (text) => (texts.err += text));
  quiet.process.stdin.end('typed in');
  quiet.process.on('close', (code) => {
    console.log('read:', JSON.stringify(texts), code);
    cluster.setupPrimary({ silent: false, args: ['loud'] });
    const loud = cluster.fork();
    loud.on('exit', (exitCode) => {
      console.log('loud ended', exitCode);
      cluster.setupPrimary({
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        silent: true,
        args: ['stdio wins'],
      });
      cluster.fork().on('exit', (lastCode) => console.log('ended', lastCode));
    });
  });
} else if (process.argv[2] === 'quiet') {
  let input = '';
  process.stdin.setEncoding('utf8').on('data', (text) => (input += text));
  process.stdin.on('end', () => {
    console.log(`out, ${input}`);
    console.error('err');
    process.disconnect();
  });
} else {
  console.log(process.argv[2], cluster.worker.id);
  process.exitCode = 3;
  cluster.worker.disconnect();
}
