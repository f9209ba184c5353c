// A worker that starts processes which outlive their parents, and the first time ends with 3.
const { spawnSync } = require('node:child_process');
const { existsSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const mark = path.join(process.env.FOLDER, 'was-here');
spawnSync('sh', ['-c', 'sleep 0.1 & sleep 0.2 &'], { stdio: 'ignore' });
require('node:http')
  .createServer()
  .listen(0, () => {
    if (existsSync(mark)) return;
    writeFileSync(mark, '');
    setTimeout(() => process.exit(3), 300);
  });
