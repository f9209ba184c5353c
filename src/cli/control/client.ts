import { readdirSync } from 'node:fs';

import { GrappoloError } from '../../core/errors.ts';
import { codeOf } from '../../core/error-code.ts';
import { exchange } from './exchange.ts';
import type { ExchangeOptions } from './exchange.ts';
import { controlFolder, isSafeFolder, nameOfSocket, socketFile } from './folder.ts';
import { isName } from './name.ts';
import { isListenedOn } from './probe.ts';
import type { AnswerTo, ControlRequest } from './protocol.ts';

/**
 * The names of this user's instances that run, in order.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_CONTROL_UNSUPPORTED, ERR_GRAPPOLO_CONTROL_FOLDER.
 */
export async function findInstances(folder: string = controlFolder()): Promise<string[]> {
  if (!isSafeFolder(folder)) return [];
  const names = readdirSync(folder)
    .map((file) => nameOfSocket(file))
    .filter((name) => isName(name))
    .toSorted();
  const isRunning = await Promise.all(names.map((name) => isListenedOn(socketFile(folder, name))));
  return names.filter((_, index) => isRunning[index]);
}

/**
 * The name of the only instance that runs.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_NOT_RUNNING, ERR_GRAPPOLO_NAME_NEEDED.
 */
export async function onlyInstance(folder: string = controlFolder()): Promise<string> {
  const [name, ...others] = await findInstances(folder);
  if (name === undefined) {
    const message = `No instance is running as this user: there is none in ${folder}, which follows XDG_RUNTIME_DIR. One is started by grappolo start FILE`;
    throw new GrappoloError('ERR_GRAPPOLO_NOT_RUNNING', message);
  }
  if (others.length === 0) return name;
  const names = [name, ...others].join(', ');
  throw new GrappoloError(
    'ERR_GRAPPOLO_NAME_NEEDED',
    `Several instances are running: ${names}. Name one with --name`,
  );
}

/**
 * Sends a request to an instance, and waits for its answer.
 *
 * @throws {GrappoloError} ERR_GRAPPOLO_NOT_RUNNING, ERR_GRAPPOLO_CONTROL_LOST, ERR_GRAPPOLO_CONTROL_FOLDER.
 */
export async function request<Asked extends ControlRequest>(
  name: string,
  asked: Asked,
  { folder = controlFolder(), ...options }: ExchangeOptions & { readonly folder?: string | undefined } = {},
): Promise<AnswerTo<Asked>> {
  const file = socketFile(folder, name);
  if (!isSafeFolder(folder)) throw await notRunning(name, folder);
  try {
    return await exchange(file, asked, options);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ECONNREFUSED')
      throw await notRunning(name, folder, error);
    if (isOfConnect(error)) {
      const message = `Cannot reach the instance "${name}": ${error.message}`;
      throw new GrappoloError('ERR_GRAPPOLO_CONTROL_LOST', message, { cause: error });
    }
    throw error;
  }
}

function isOfConnect(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && error.syscall === 'connect';
}

async function notRunning(name: string, folder: string, cause?: unknown): Promise<GrappoloError> {
  const others = await findInstances(folder);
  const rest = others.length === 0 ? 'none is' : `these are: ${others.join(', ')}`;
  return new GrappoloError('ERR_GRAPPOLO_NOT_RUNNING', `No instance "${name}" is running; ${rest}`, {
    cause,
  });
}
