// A supervisor that has its worker drain as soon as it has a request, and that is then killed by whoever runs it.
import { createRequire } from 'node:module';

const { limitMs } = createRequire(import.meta.url)('../../support/limits.cjs');
const dist = new URL('../../../dist/', import.meta.url);
const { default: cluster } = await import(new URL('index.cjs', dist));
const { supervisionOf } = await import(new URL('../../../.build/src/api/supervision.js', import.meta.url));

const { worker, drain } = supervisionOf(cluster).fork({
  slot: 0,
  env: {},
  settings: { exec: new URL('serving.cjs', import.meta.url).pathname, execArgv: [] },
  terms: { pulseMs: 20, timeoutMs: limitMs(20_000), idleGraceMs: 100 },
  events: { onReady() {}, onPulse() {}, onUncaught() {}, onLeaving() {} },
});
worker.on('message', ([what, ...rest]) => {
  console.log(what, ...rest);
  if (what === 'request') drain();
});
