// Loaded into the supervising process: on SIGUSR2 it writes what is left after a collection of garbage into a file.
const { renameSync, writeFileSync } = require('node:fs');
const path = require('node:path');

process.on('SIGUSR2', () => {
  globalThis.gc();
  const resources = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const file = path.join(process.env.XDG_RUNTIME_DIR, 'probe.json');
  // Whole, or not at all.
  writeFileSync(`${file}.new`, JSON.stringify({ heapBytes: process.memoryUsage().heapUsed, resources }));
  renameSync(`${file}.new`, file);
});
