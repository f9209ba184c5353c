// Proves what is promised of the operations address, of working together, or of a fleet, for as long as it takes, and prints what was
// measured beside what must hold. The limits are those of a quiet machine, and do not scale.
//
//     npm run soak:operate [-- --row NAME ...]
//     npm run soak:together [-- --row NAME ...]
//     npm run soak:fleet [-- --row NAME ...]
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { row: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const { ROWS } = await import(`../.build/test/${positionals[0]}/soak/rows.js`);
const names = ROWS.map(({ name }) => name);
const unknown = values.row?.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`There is no row "${unknown}"; there are: ${names.join(', ')}`);
  process.exit(2);
}

console.log(`Node.js ${process.version}`);
const lines = [['', 'Row', 'What', 'Measured', 'Must be']];
for (const row of ROWS.filter(({ name }) => values.row?.includes(name) ?? true)) {
  console.log(`${row.name}: ${row.what}`);
  for (const { what, measured, limit, holds } of await run(row))
    lines.push([holds ? 'holds' : 'DOES NOT', row.name, what, measured, limit]);
}

console.log('');
const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
for (const line of lines)
  console.log(
    line
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd(),
  );
process.exitCode = lines.some(([holds]) => holds === 'DOES NOT') ? 1 : 0;

async function run(row) {
  const atEnd = [];
  try {
    return await row.run({ after: (deed) => void atEnd.push(deed) });
  } catch (error) {
    console.error(error);
    return [{ what: 'the row itself', measured: error.message.split('\n', 1)[0], limit: '-', holds: false }];
  } finally {
    for (const deed of atEnd.toReversed()) await deed();
  }
}
