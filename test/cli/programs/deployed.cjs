// Listens, unless the file that is named holds what it is to fail with.
const { readFileSync } = require('node:fs');
const http = require('node:http');

const fault = readFileSync(process.argv[2], 'utf8');
if (fault) throw new Error(fault);
http.createServer((request, response) => response.end(JSON.stringify({ pid: process.pid }))).listen(0);
