// A test file that ends before its tests do.
import { it } from 'node:test';

it('ends the process', () => {
  process.stderr.write('the last words\n');
  process.kill(process.pid, 'SIGKILL');
});
