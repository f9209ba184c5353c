// Answers /<ms> after its event loop was held for so long, without using the CPU, so that few cores can stand for many
// workers. BENCH_SLOW_WORKER names a worker that takes BENCH_SLOW_FACTOR times as long.
const cluster = require('node:cluster');
const http = require('node:http');

const listen = require('./listen.cjs');

const { BENCH_SLOW_WORKER, BENCH_SLOW_FACTOR } = process.env;
const factor = String(cluster.worker?.id) === BENCH_SLOW_WORKER ? Number(BENCH_SLOW_FACTOR) : 1;
const cell = new Int32Array(new SharedArrayBuffer(4));

listen(
  http.createServer((request, response) => {
    const ms = Number(request.url.slice(1)) * factor;
    if (ms > 0) Atomics.wait(cell, 0, 0, ms);
    response.end('held\n');
  }),
);
