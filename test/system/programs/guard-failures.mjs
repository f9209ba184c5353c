// A guard cannot be started for the reason that the argument names, and whoever is told of it throws; later it can, and
// guards a child.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { limitMs } from '../../support/limits.cjs';
import { makeGuard } from './_guard.mjs';
import { GUARDED_FILE } from './guarded.mjs';

const [, , fault, mode] = process.argv;
/** Longer than all attempts that follow one watch(). */
const ATTEMPTS_MS = limitMs(2500);
const LIMIT = 64;

/** Each makes every start fail, and gives what ends that. */
const FAULTS = {
  missing: () => takePath('/nowhere/node'),
  ending: () => takePath('/bin/false'),
  throwing: () => takePath('no\0path'),
  descriptors: takeDescriptors,
};

if (mode === 'limited') {
  await main();
} else {
  const start = `ulimit -n ${LIMIT}; exec "$0" "$@"`;
  const args = ['-c', start, process.execPath, fileURLToPath(import.meta.url), fault, 'limited'];
  spawn('/bin/sh', args, { stdio: 'inherit' });
}

async function main() {
  process.on('uncaughtException', ({ message }) => console.log('uncaught:', message));
  const child = fork(GUARDED_FILE, ['idle']);
  await once(child, 'message');
  let isTold;
  const told = new Promise((resolve) => (isTold = resolve));
  const { guard } = makeGuard((reason) => {
    console.log('failure:', reason);
    isTold();
    throw new Error('who is told throws');
  });

  const repair = FAULTS[fault]();
  // What it waits for between its attempts does not keep it running.
  guard.watch(child.pid);
  await told;
  // These attempts fail as well, which nobody is told of.
  guard.watch(child.pid);
  await delay(ATTEMPTS_MS);
  repair();
  console.log('repaired');
  guard.watch(child.pid);
  setImmediate(() => console.log('primary', process.pid, 'child', child.pid));
}

function takePath(file) {
  const { execPath } = process;
  process.execPath = file;
  return () => (process.execPath = execPath);
}

function takeDescriptors() {
  const taken = [];
  try {
    for (;;) taken.push(fs.openSync('/dev/null'));
  } catch {
    return () => taken.forEach((fd) => fs.closeSync(fd));
  }
}
