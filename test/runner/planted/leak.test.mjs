// A test that passes, and leaves a process running.
import { spawn } from 'node:child_process';
import { it } from 'node:test';

it('leaves a process', () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    stdio: 'ignore',
    detached: true,
  });
  child.unref();
});
