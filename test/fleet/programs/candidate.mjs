// A process that wants the lease `job` of the fleet `shop`, by the engine at ENGINE. It appends a line to the file named by LOG when it
// begins to hold it and when it no longer does, with the term and the time on the clock of the machine.
import { appendFileSync } from 'node:fs';
import process from 'node:process';

import { fleetBuckets, holdLease, openNatsEngine } from 'grappolo-fleet';

const note = (type, term, reason) => {
  const line = { type, pid: process.pid, ns: String(process.hrtime.bigint()), term, reason };
  appendFileSync(process.env.LOG, `${JSON.stringify(line)}\n`);
};

const engine = await openNatsEngine({ servers: process.env.ENGINE, buckets: fleetBuckets('shop') });
let held;
holdLease({
  engine,
  fleet: 'shop',
  name: 'job',
  onHeld: (term) => {
    held = term;
    note('begin', term);
  },
  onLost: (reason) => note('end', held, reason),
  onProblem: (error) => console.error(error.message),
});
console.log('candidate');
