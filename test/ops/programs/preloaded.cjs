// Notes which programs it was preloaded into.
const { appendFileSync } = require('node:fs');

appendFileSync(process.env.PRELOADED_FILE, `${process.argv[1]}\n`);
