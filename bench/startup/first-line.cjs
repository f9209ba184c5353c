// What a worker says as its program's first line: the CPU time that it has taken until then.
module.exports = ({ isWorker }) => {
  if (!isWorker) throw new Error('not a worker');
  const { user, system } = process.cpuUsage();
  process.send({ cpuMs: (user + system) / 1000 }, () => process.disconnect());
};
