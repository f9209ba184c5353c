const { user, system } = process.cpuUsage();
process.send({ cpuMs: (user + system) / 1000 }, () => process.disconnect());
