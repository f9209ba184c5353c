import { start } from './worker/start.ts';

start(import.meta.filename);
