// Runs a program with at most `argv[2]` descriptors, as only a shell can limit them. argv: count, program, its arguments.
import { spawn } from 'node:child_process';

const [count, ...args] = process.argv.slice(2);
const script = `ulimit -n ${Number(count)}; exec "$0" "$@"`;
const child = spawn('/bin/sh', ['-c', script, process.execPath, ...args], { stdio: 'inherit' });
console.log(`pid ${child.pid}`);
child.on('exit', (code) => process.exit(code ?? 1));
