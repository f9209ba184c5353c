// Answers when a request has been sent whole, so a client decides how long it takes. /exit ends the process with 3.
const cluster = require('node:cluster');
const http = require('node:http');

const server = http.createServer((request, response) => {
  if (request.url === '/exit') process.exit(3);
  process.stdout.write(`request to ${process.pid}\n`);
  request.resume().on('end', () => {
    const { pid, argv, execArgv, env } = process;
    const { slot } = cluster.worker;
    response.end(
      JSON.stringify({
        pid,
        slot: { slot, own: env.GRAPPOLO_SLOT, pm2: env.NODE_APP_INSTANCE },
        args: argv.slice(2),
        execArgv,
        nodeOptions: env.NODE_OPTIONS ?? null,
      }),
    );
  });
});
server.listen(Number(process.env.PORT ?? 0));
