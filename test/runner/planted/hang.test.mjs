// A test that never ends: what it waits for does not come.
import { it } from 'node:test';

it('is well', () => {});
it('never ends', async () => {
  const idle = setInterval(() => {}, 1000);
  await new Promise(() => {});
  clearInterval(idle);
});
