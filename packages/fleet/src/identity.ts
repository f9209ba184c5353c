import { randomBytes } from 'node:crypto';
import os from 'node:os';

import { FleetError } from './errors.ts';

const FLEET = /^[-\w]{1,60}$/;
/** What a host's name may have, between dots too. */
const HOST = /^[-\w]+(?:\.[-\w]+)*$/;
const LONGEST_HOST = 100;

/** @throws {FleetError} ERR_FLEET_INVALID_ARGUMENT */
export function checkFleet(name: string): void {
  if (FLEET.test(name)) return;
  throw invalid(
    `Cannot use the fleet name ${JSON.stringify(name)}: it must have 1 to 60 letters, digits, '-' or '_'`,
  );
}

/** @throws {FleetError} ERR_FLEET_INVALID_ARGUMENT */
export function checkHost(name: string): void {
  if (name.length <= LONGEST_HOST && HOST.test(name)) return;
  throw invalid(
    `Cannot use the host name ${JSON.stringify(name)}: it must have 1 to ${LONGEST_HOST} letters, digits, '-', '_', and single dots between. Give another one`,
  );
}

/** Who holds a lease or drives: no other process is called so, nor was one before. It says to people where to look. */
export function ownName(): string {
  const host = os
    .hostname()
    .replaceAll(/[^-\w]+/g, '-')
    .slice(0, 40);
  return `${host}_${process.pid}_${randomBytes(4).toString('hex')}`;
}

/** Such a name as people say it. */
export function nameInWords(name: string): string {
  const [, host, pid] = /^(.*)_(\d+)_[\da-f]+$/.exec(name) ?? [];
  return host === undefined ? `'${name}'` : `process ${pid} on ${host}`;
}

function invalid(message: string): FleetError {
  return new FleetError('ERR_FLEET_INVALID_ARGUMENT', message);
}
