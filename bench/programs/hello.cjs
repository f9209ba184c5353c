// The least that a server can do.
const http = require('node:http');

const listen = require('./listen.cjs');

listen(http.createServer((_request, response) => response.end('hello world\n')));
