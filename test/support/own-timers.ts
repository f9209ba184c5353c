import type { TestContext } from 'node:test';

import { own } from '../../src/own.ts';

/** Lets the test's mock timers, or what it has put in their place, be ours too, until the test has ended. */
export function mockTimeouts(t: TestContext): void {
  const { setTimeout, clearTimeout } = own;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  Object.assign(own, { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout });
  t.after(() => void Object.assign(own, { setTimeout, clearTimeout }));
}
