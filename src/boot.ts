import { start } from './worker/start.ts';

start();
