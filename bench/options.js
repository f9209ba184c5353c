import { parseArgs } from 'node:util';

export const USAGE = `npm run bench -- [options]

  --only A,B     only these rows
  --rounds N     so many rounds of each row, in place of the row's own
  --quick        one round, shorter runs: for a look, not for a claim
  --name NAME    the results go to bench/results/NAME.json; by default "latest" for a whole run, else "partial"
  --node20 PATH  a Node 20 for the rows that need one; by default one is installed beside the project
  --list         the rows`;

/** What was asked for, or the `problem` with it. */
export function parseOptions(args, rowNames) {
  try {
    return check(parse(args), rowNames);
  } catch (error) {
    return { problem: error.message };
  }
}

function parse(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      name: { type: 'string' },
      node20: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return { ...values, only: values.only?.split(','), rounds: values.rounds && Number(values.rounds) };
}

function check(options, rowNames) {
  const { only, rounds, quick } = options;
  const unknown = only?.filter((name) => !rowNames.includes(name)) ?? [];
  if (unknown.length > 0) throw new RangeError(`No such row: ${unknown.join(', ')}`);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new RangeError('--rounds must be a number above 0');
  }
  const isWhole = only === undefined && rounds === undefined && !quick;
  const name = options.name ?? (isWhole ? 'latest' : 'partial');
  if (!/^[\w.-]+$/.test(name)) throw new RangeError(`--name must be a plain name: ${name}`);
  return { ...options, name };
}
