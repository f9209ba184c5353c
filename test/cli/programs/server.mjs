import { createServer } from 'node:http';

await Promise.resolve();
createServer((request, response) => response.end(JSON.stringify({ pid: process.pid }))).listen(0);
