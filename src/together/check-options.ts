import { invalidArgType, unknownOption } from '../core/errors.ts';

/**
 * Options that have nothing but what is known: a name that is written wrongly would be an option that does nothing.
 *
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function checkOptions<T extends object>(options: T, known: readonly (keyof T & string)[]): T {
  if (typeof options !== 'object' || options === null) throw invalidArgType('options', 'an object', options);
  for (const key of Object.keys(options)) {
    if (!(known as readonly string[]).includes(key)) throw unknownOption('options', key, known);
  }
  return options;
}
