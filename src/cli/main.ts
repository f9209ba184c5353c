import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

import { GrappoloError } from '../core/errors.ts';
import { VERSION } from '../core/version.ts';
import { parseArguments } from './arguments.ts';
import type { Command, RemoteArguments, SystemdArguments, UiArguments } from './arguments.ts';
import { loadConfig } from './config-file.ts';
import { nameOf } from './control/name.ts';
import { eventLine } from './event-lines.ts';
import { loadFleetPackage } from './fleet-package.ts';
import { HELP, USAGE } from './help.ts';
import { neededEnvFile, nodeArguments } from './node-flags.ts';
import { isFolder, missingProgram } from './program.ts';
import { showsColors } from './prefix.ts';
import { runRemote } from './remote.ts';
import type { OutputStream } from './screen.ts';
import { Signals } from './signals.ts';
import { missingPartner, startRequest } from './start-request.ts';
import type { StartArguments } from './start-request.ts';
import { EXIT_MISUSE, start } from './start.ts';
import { statusTable } from './status-table.ts';
import { systemdUnits } from './systemd-units.ts';
import type * as Ui from './ui.ts';
import { written } from './written.ts';

/** The Node that runs the workers, too. */
const NODE = {
  major: Number.parseInt(process.versions.node, 10),
  exists: existsSync,
  resolve: (file: string): string => path.resolve(file),
};

/** Does what the arguments say, and ends the process. `signals`: where they are heard already. */
export function runCommand(signals: Signals | undefined): void {
  const streams = [process.stdout, process.stderr];
  // Who reads the output may go away; the workers go on.
  for (const stream of streams) stream.on('error', () => {});
  void run(parseArguments(process.argv.slice(2)), signals).then(async (code) => {
    await written(streams);
    process.exit(code);
  });
}

async function run(command: Command, signals: Signals | undefined): Promise<number> {
  switch (command.kind) {
    case 'help':
      process.stdout.write(HELP);
      return 0;
    case 'version':
      process.stdout.write(`${VERSION}\n`);
      return 0;
    case 'misuse':
      return misuse(command.message);
    case 'start':
      return runStart(command, signals ?? new Signals());
    case 'systemd':
      return printUnits(command);
    case 'ui':
      return showInstance(command);
    case 'fleet':
      return askFleet(command.argv);
    case 'remote':
      return askInstance(command);
    default:
      return command satisfies never;
  }
}

async function runStart(command: StartArguments, signals: Signals): Promise<number> {
  try {
    const loaded = await Promise.race([signals.stopped, loadConfig(command.config, process.cwd())]);
    if (loaded === 'stopped') return 0;
    const nodeArgs = nodeArguments(command.nodeArgs, NODE);
    const request = startRequest({ ...command, nodeArgs }, loaded, process.execArgv);
    if (!request) return misuse('No file to start given.');
    const partner = missingPartner(command.options, request);
    if (partner !== undefined) return misuse(partner);
    const missing = missingProgram(request.file) ?? missingEnvFile(command.nodeArgs);
    if (missing !== undefined) {
      if (command.file !== undefined || loaded === undefined) return misuse(missing);
      // Called well, but for the file.
      printError(`${path.relative('', loaded.file)}: file: ${missing}`);
      return EXIT_MISUSE;
    }
    if (request.cwd !== undefined && !isFolder(request.cwd)) return misuse(`No such folder: ${request.cwd}`);
    return await start(request, signals);
  } catch (error) {
    if (!(error instanceof GrappoloError) || error.code !== 'ERR_GRAPPOLO_INVALID_CONFIG') throw error;
    for (const line of error.message.split('\n')) printError(line);
    return EXIT_MISUSE;
  }
}

/** Each worker would end of it, and say less. */
function missingEnvFile(nodeArgs: readonly string[]): string | undefined {
  const missing = nodeArgs
    .map((argument) => neededEnvFile(argument))
    .find((file) => file !== undefined && !existsSync(file));
  return missing === undefined ? undefined : `No such file: ${missing}`;
}

function askInstance(command: RemoteArguments): Promise<number> {
  const { columns } = process.stdout;
  return runRemote(
    command,
    { eventLine, statusTable },
    {
      print: (line) => process.stdout.write(`${line}\n`),
      printError,
      table: { width: columns, color: showsColors(process.stdout, process.env) },
    },
  );
}

function showInstance(command: UiArguments): Promise<number> {
  // A file of its own, for those who need it.
  const { runUi } = createRequire(import.meta.url)('../ui.cjs') as typeof Ui;
  return runUi(command, { print: (line) => process.stdout.write(`${line}\n`), printError });
}

async function askFleet(argv: readonly string[]): Promise<number> {
  // Whatever Node's types say, a pipe has neither.
  const stdout: OutputStream = process.stdout;
  try {
    const { runFleetCommand } = await loadFleetPackage(path.resolve('program.js'));
    return await runFleetCommand(argv, {
      print: (line) => process.stdout.write(`${line}\n`),
      printError,
      isTerminal: stdout.isTTY ?? false,
      width: stdout.columns,
      env: process.env,
    });
  } catch (error) {
    if (!(error instanceof GrappoloError)) throw error;
    printError(`${error.message} (${error.code})`);
    return 1;
  }
}

function printUnits({ file, name, socket }: SystemdArguments): number {
  const missing = missingProgram(file);
  if (missing !== undefined) return misuse(missing);
  const units = systemdUnits({
    node: process.execPath,
    cli: path.resolve(process.argv[1] ?? ''),
    file: path.resolve(file),
    folder: process.cwd(),
    name: name ?? nameOf(file),
    user: os.userInfo().username,
    socket,
  });
  process.stdout.write(units);
  return 0;
}

function misuse(message: string): number {
  printError(message);
  process.stderr.write(`${USAGE}\n       grappolo --help\n`);
  return EXIT_MISUSE;
}

function printError(line: string): void {
  process.stderr.write(`grappolo: ${line}\n`);
}
