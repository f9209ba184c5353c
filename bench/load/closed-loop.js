import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const AUTOCANNON = path.join(import.meta.dirname, '..', 'node_modules', 'autocannon', 'autocannon.js');
const run = promisify(execFile);

/** `wrk`, or `autocannon`, which takes much more of the CPUs that it shares with the servers. */
export const generator = findGenerator();

/** Keeps so many clients busy, each request on a connection of its own. Gives the answers and the errors. */
export async function closedLoop({ port, clients, seconds }) {
  const url = `http://127.0.0.1:${port}/`;
  const options = ['-c', String(clients), '-d', String(seconds), '-H', 'Connection: close'];
  switch (generator) {
    case 'wrk': {
      const { stdout } = await run('wrk', ['-t', '1', ...options, url]);
      const [, requests, tookS] = /(\d+) requests in ([\d.]+)s/.exec(stdout) ?? [];
      if (requests === undefined) throw new Error(`Cannot read what wrk says: ${stdout}`);
      const errors =
        /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout) ?? [];
      const other = /Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0;
      return {
        requests: Number(requests),
        errors: [...errors.slice(1), other].map(Number).reduce((a, b) => a + b, 0),
        perS: Number(requests) / Number(tookS),
      };
    }
    case 'autocannon': {
      const { stdout } = await run(process.execPath, [AUTOCANNON, '--json', ...options, url]);
      const { requests, errors, non2xx, duration } = JSON.parse(stdout);
      return { requests: requests.total, errors: errors + non2xx, perS: requests.total / duration };
    }
    default:
      throw new Error('There is neither wrk nor autocannon');
  }
}

function findGenerator() {
  if (spawnSync('wrk', ['-v']).error === undefined) return 'wrk';
  return existsSync(AUTOCANNON) ? 'autocannon' : 'none';
}
