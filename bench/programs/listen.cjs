// How every worker listens, and says so. Its parent is its primary, or the benchmark when there is no cluster.
module.exports = (server) => {
  server.on('error', ({ message }) => process.send({ type: 'failed', reason: message }));
  server.listen(JSON.parse(process.env.BENCH_LISTEN), () => {
    process.send({
      type: 'listening',
      port: server.address().port,
      pids: [process.pid],
      ms: performance.now(),
    });
  });
};
