// A worker that the first time starts processes which outlive their parents, and ends with 3.
const { spawnSync } = require('node:child_process');
const { existsSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const mark = path.join(process.env.FOLDER, 'was-here');
const isFirst = !existsSync(mark);
if (isFirst) {
  writeFileSync(mark, '');
  spawnSync('sh', ['-c', 'sleep 0.1 & sleep 0.2 &'], { stdio: 'ignore' });
}
require('node:http')
  .createServer()
  .listen(0, () => {
    if (isFirst) setTimeout(() => process.exit(3), 300);
  });
