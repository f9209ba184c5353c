import { inspect } from 'node:util';

import { GrappoloError } from '../core/errors.ts';

const MAX_NAME_LENGTH = 255;

/**
 * A name of a channel, a contract, a lock and the like, which all processes of the cluster share.
 *
 * @throws ERR_GRAPPOLO_INVALID_NAME
 */
export function checkName(what: string, name: unknown): string {
  if (typeof name === 'string' && name.length > 0 && name.length <= MAX_NAME_LENGTH) return name;
  throw new GrappoloError(
    'ERR_GRAPPOLO_INVALID_NAME',
    `Cannot use ${inspect(name, { maxStringLength: 40 })} as the name of ${what}: a name is a text of 1 to ${MAX_NAME_LENGTH} characters`,
  );
}
