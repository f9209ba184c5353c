// What the files of this folder run: a plain HTTP server that knows nothing of clusters.
import http from 'node:http';

const server = http.createServer((request, response) => {
  if (request.url === '/healthz') response.end('ok\n');
  else response.end('hello\n');
});
// Longer than the proxy in front keeps a connection that is idle, so that the proxy closes it and not this server.
server.keepAliveTimeout = 75_000;
server.listen(Number(process.env.PORT ?? 8080));
