#!/usr/bin/env node
import { createRequire } from 'node:module';

import type * as Main from './main.ts';
import { Signals } from './signals.ts';

// Before all that takes its time to load: process 1 of a container is not ended by a signal that nobody hears.
const signals = process.argv[2] === 'start' ? new Signals() : undefined;
const { runCommand } = createRequire(import.meta.url)('./command.cjs') as typeof Main;
runCommand(signals);
