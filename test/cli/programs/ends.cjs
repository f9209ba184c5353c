// Does not listen; ends after as many milliseconds, with the code that is asked for.
const [ms, code] = process.argv.slice(2).map(Number);
setTimeout(() => process.exit(code), ms);
