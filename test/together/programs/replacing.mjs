// Supervises replaced.mjs on three workers, and reloads them twice while they work together.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { supervise } from 'grappolo';

const { LOG } = process.env;
const count = () => readFileSync(LOG, 'utf8').split('\n').length;

const supervisor = await supervise({
  exec: new URL('replaced.mjs', import.meta.url).pathname,
  workers: 3,
  drain: { timeoutMs: 600_000 },
});
for (let i = 0; i < 2; i += 1) {
  const before = count();
  while (count() < before + 300) await sleep(20);
  await supervisor.reload();
}
const before = count();
while (count() < before + 300) await sleep(20);
await supervisor.close();
