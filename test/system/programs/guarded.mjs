// A child of guarding.mjs, of the kind that its argument names. It says 'here' and then is as it is.
import { fileURLToPath } from 'node:url';

export const GUARDED_FILE = fileURLToPath(import.meta.url);

const KINDS = {
  /** Does not care that its parent is gone. */
  idle: () => {},
  spinning: () => {
    for (;;);
  },
  blocked: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  stubborn: () => {
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) process.on(signal, () => {});
  },
  disconnected: () => process.disconnect(),
  /** Like a worker of the cluster. */
  leaving: () => process.on('disconnect', () => process.exit(0)),
  /** Like one that has connections left. */
  draining: () =>
    process.on('disconnect', () => {
      setTimeout(() => {
        console.log('drained');
        process.exit(0);
      }, 100);
    }),
  ending: () => process.exit(0),
};

if (process.argv[1] === GUARDED_FILE) {
  setInterval(() => {}, 1000);
  process.send('here', () => KINDS[process.argv[2]]());
}
