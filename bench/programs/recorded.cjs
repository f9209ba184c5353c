// Takes 5 ms to answer, and records which connections it took and which requests it began to answer: a line each, by
// the client's port, in a file that outlives a worker that is killed.
const { openSync, writeSync } = require('node:fs');
const http = require('node:http');

const listen = require('./listen.cjs');

const ANSWER_MS = 5;
const record = openSync(process.env.BENCH_RECORD, 'a');

const server = http.createServer((request, response) => {
  writeSync(record, `begun ${request.socket.remotePort}\n`);
  setTimeout(() => response.end('done\n'), ANSWER_MS);
});
listen(server);
// Where the cluster, or the system, hands a connection to net: from here on it is the worker's.
server.on('listening', () => {
  const { onconnection } = server._handle;
  server._handle.onconnection = function (status, client) {
    const peer = {};
    client?.getpeername(peer);
    writeSync(record, `taken ${peer.port}\n`);
    onconnection.call(this, status, client);
  };
});
