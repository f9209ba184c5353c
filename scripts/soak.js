// Proves what the supervisor promises, for as long as it takes: each row many times, under load, and then at random.
//
//     npm run soak [-- --events 1000 --seed N --workers 4 --policy rr|none|kernel --row NAME ...]
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';

import { ROWS } from '../.build/test/production/soak/rows.js';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    workers: { type: 'string', default: '4' },
    policy: { type: 'string', default: 'rr' },
    row: { type: 'string', multiple: true },
  },
});
const names = ROWS.map(({ name }) => name);
const unknown = values.row?.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`There is no row "${unknown}"; there are: ${names.join(', ')}`);
  process.exit(2);
}

const options = {
  events: Number(values.events),
  seed: Number(values.seed),
  workers: Number(values.workers),
  policy: values.policy,
  onProgress: (line) => console.log(`  ${line}`),
};
const lane = process.env.GRAPPOLO_LANE ?? 'default';
console.log(`Node.js ${process.version}, policy ${options.policy}, lane ${lane}, seed ${options.seed}`);

const results = [];
for (const row of ROWS.filter(({ name }) => values.row?.includes(name) ?? true)) {
  console.log(`${row.name}: ${row.what}`);
  results.push({ row, ...(await run(row)) });
}

console.log('');
for (const { row, facts, violations } of results) {
  console.log(
    `${violations.length === 0 ? 'holds   ' : 'DOES NOT'}  ${row.name.padEnd(15)} ${facts.join('; ')}`,
  );
  for (const violation of violations) console.log(`            - ${violation}`);
}
process.exitCode = results.every(({ violations }) => violations.length === 0) ? 0 : 1;

async function run(row) {
  const atEnd = [];
  try {
    return await row.run({ after: (deed) => void atEnd.push(deed) }, options);
  } catch (error) {
    return { facts: [], violations: [error.stack] };
  } finally {
    for (const deed of atEnd.toReversed()) await deed();
  }
}
