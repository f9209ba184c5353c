// A plain Node.js server that has never heard of clusters. It says which process answers.
import http from 'node:http';

const server = http.createServer((request, response) => {
  response.end(`Hello from process ${process.pid}\n`);
});
server.listen(Number(process.env.PORT ?? 3000));
