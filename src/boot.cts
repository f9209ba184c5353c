// Loaded before anything else of a worker, and of every thread that it starts; only the worker itself has the mark.
if (process.env['GRAPPOLO_WORKER'] !== undefined) {
  const { start } = require('./worker/start.js') as typeof import('./worker/start.ts');
  start();
}
