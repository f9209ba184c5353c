// The workers' lines reach the appender of the primary, which alone prints.
const cluster = require('node:cluster');
const http = require('node:http');
const log4js = require('log4js');

const { startWorkers } = require('./_primary.cjs');

const printer = {
  configure: () => (event) =>
    console.log(JSON.stringify({ worker: event.data[1], msg: event.data[0], printedBy: process.pid })),
};
log4js.configure({
  appenders: { printer: { type: printer } },
  categories: { default: { appenders: ['printer'], level: 'info' } },
});

if (cluster.isPrimary) startWorkers();
else {
  const logger = log4js.getLogger();
  const server = http.createServer((request, response) => {
    logger.info('answers', cluster.worker.id);
    response.end(JSON.stringify({ worker: cluster.worker.id }));
  });
  server.listen(0);
}
