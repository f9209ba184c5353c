// Answers when a request has been sent whole, so a client decides how long it takes. /exit ends the process with 3.
const http = require('node:http');

const server = http.createServer((request, response) => {
  if (request.url === '/exit') process.exit(3);
  process.stdout.write(`request to ${process.pid}\n`);
  request.resume().on('end', () => {
    const { pid, argv, execArgv, env } = process;
    response.end(
      JSON.stringify({ pid, args: argv.slice(2), execArgv, nodeOptions: env.NODE_OPTIONS ?? null }),
    );
  });
});
server.listen(Number(process.env.PORT ?? 0));
