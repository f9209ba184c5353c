import { WORKER_MARK } from './core/worker-environment.ts';
import { start } from './worker/start.ts';

// Loaded before anything else of a worker, and of every thread that it starts; only the worker itself has the mark.
if (process.env[WORKER_MARK] !== undefined) start();
