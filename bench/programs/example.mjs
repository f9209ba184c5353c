// A worker as in README's first example, which imports the cluster.
import http from 'node:http';

import listen from './listen.cjs';

const { cluster: name } = JSON.parse(process.env.BENCH_PRIMARY);
const { default: cluster } = await import(name);

if (cluster.isWorker) listen(http.createServer((request, response) => response.end('hello\n')));
