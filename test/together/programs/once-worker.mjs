// Workers that all want to do one job. Whoever does it appends a line to the file that is named by LOG when it begins and when it ends, with
// its term and the time on the clock of the machine.
import { appendFileSync } from 'node:fs';
import process from 'node:process';

import { runOnce } from 'grappolo/together';

const note = (type, term) =>
  appendFileSync(process.env.LOG, `${type} ${term} ${process.pid} ${process.hrtime.bigint()}\n`);

await runOnce('job', async ({ signal, term }) => {
  note('begin', term);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  note('end', term);
});
