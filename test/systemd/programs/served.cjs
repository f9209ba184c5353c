// Listens, unless BREAK_FILE is there; says which variables of the service manager it sees.
const fs = require('node:fs');
const http = require('node:http');

if (process.env.BREAK_FILE && fs.existsSync(process.env.BREAK_FILE)) process.exit(3);
const seen = Object.keys(process.env).filter((name) => /^(?:NOTIFY|WATCHDOG)_/.test(name));
console.log(`worker sees [${seen}]`);
http.createServer((_, response) => response.end('x')).listen(0);
