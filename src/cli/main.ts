#!/usr/bin/env node
import { readFileSync } from 'node:fs';

import { parseArguments } from './arguments.ts';
import type { Command } from './arguments.ts';
import { HELP, USAGE } from './help.ts';
import { isProgram, start } from './start.ts';

/** Called wrongly. */
const EXIT_MISUSE = 2;

// Who reads the output may go away; the workers go on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

process.exit(await run(parseArguments(process.argv.slice(2))));

async function run(command: Command): Promise<number> {
  switch (command.kind) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'version':
      process.stdout.write(`${version()}\n`);
      return 0;
    case 'misuse':
      return misuse(command.message);
    case 'start':
      if (!isProgram(command.file)) return misuse(`No such file: ${command.file}`);
      return start(command, { print, printError });
    default:
      return command satisfies never;
  }
}

function misuse(message: string): number {
  printError(message);
  process.stderr.write(`${USAGE}\n       grappolo --help\n`);
  return EXIT_MISUSE;
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  const { version: found } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return found;
}

function print(line: string): void {
  process.stdout.write(`grappolo: ${line}\n`);
}

function printError(line: string): void {
  process.stderr.write(`grappolo: ${line}\n`);
}
