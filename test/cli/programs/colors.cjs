// Says what it finds about colours, and ends.
const { FORCE_COLOR, NO_COLOR } = process.env;
process.stdout.write(`colors ${FORCE_COLOR} ${NO_COLOR}\n`, () => process.exit());
