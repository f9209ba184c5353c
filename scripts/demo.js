// Shows the library at work: the server of demo-server.js on all CPUs, until Ctrl-C. PORT names another port.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const REQUESTS = 8;
const MAX_TRIES = 100;
const inProject = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const wanted = Number(process.env.PORT ?? 3000);
const port = await findFreePort(wanted);
if (port !== wanted) console.log(`Port ${wanted} is taken; using ${port}.`);

const workers = Math.max(2, availableParallelism());
const options = ['--workers', String(workers), '--name', `demo-${port}`];
const command = ['start', inProject('scripts/demo-server.js'), ...options];
console.log(`$ grappolo start scripts/demo-server.js ${options.join(' ')}\n`);
const grappolo = spawn(process.execPath, [inProject('dist/cli.cjs'), ...command], {
  env: { ...process.env, PORT: String(port) },
  stdio: ['inherit', 'pipe', 'inherit'],
});
const ended = once(grappolo, 'exit');
// The command stops its workers; this script ends after it. Ctrl-C reaches both, and is the same to the command.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => grappolo.kill(signal));
// However this ends, as where nobody reads it any more.
process.on('exit', () => grappolo.kill());

let url;
let isShown = false;
createInterface({ input: grappolo.stdout }).on('line', (line) => {
  console.log(line);
  url ??= /listening on (\S+)/.exec(line)?.[1];
  // It is ready again after each loss.
  if (isShown || !url || !/ ready, /.test(line)) return;
  isShown = true;
  void show(url);
});
const [code, signal] = await ended;
process.exitCode = signal ? 1 : code;

/** Each request is a connection of its own, so each goes to the next worker. */
async function show(serverUrl) {
  try {
    console.log(`\n${REQUESTS} requests, each a connection of its own:`);
    const answers = [];
    for (let i = 0; i < REQUESTS; i += 1) {
      const answer = await get(serverUrl);
      console.log(`  GET ${serverUrl} -> ${answer}`);
      answers.push(answer);
    }
    console.log(`${new Set(answers).size} of ${workers} workers answered.`);
    console.log(
      `\nOpen ${serverUrl} and reload the page; kill a worker and see it replaced; or, in another terminal:`,
    );
    console.log(`  node dist/cli.cjs reload --name demo-${port}\n`);
    console.log('Ctrl-C stops.\n');
  } catch (error) {
    console.log(`The requests were cut short: ${error.message}`);
  }
}

async function get(serverUrl) {
  const [response] = await once(http.get(serverUrl, { agent: false }), 'response');
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  return text.trim();
}

async function findFreePort(first) {
  const last = Math.min(65_535, first + MAX_TRIES);
  for (let candidate = first; candidate <= last; candidate += 1) {
    if (await isFree(candidate)) return candidate;
  }
  throw new Error(`Cannot find a free port: all from ${first} to ${last} are taken`);
}

async function isFree(candidate) {
  const server = net.createServer().listen(candidate);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
