import type { AddOptions } from './limit-table.ts';

/** As `s` of a header has it. */
export const LIMITS = 'limit';

/** What has made a limit: each has names of its own, so that what one counts is no other's. */
export type LimitKind = 'limiter' | 'store' | 'flexible';

/** Which limit it is. */
export interface LimitId {
  readonly kind: LimitKind;
  readonly name: string;
}

const DEEDS = ['add', 'set', 'get', 'reset', 'clear'] as const;

/** What is to be done with a key of a limit; `clear` is for all keys. */
export type LimitWish = readonly [
  deed: (typeof DEEDS)[number],
  key: string,
  count?: number,
  options?: AddOptions,
];

/** How many the key has had, and in how many ms its window ends, -1: never; whether it has begun with this. `null`: it has none. */
export type LimitAnswer = readonly [taken: number, msLeft: number, isFirst: 0 | 1] | null;

/** As JSON, whatever `toJSON` programs have put on the prototypes of arrays and objects. */
export function encodeWishes(wishes: readonly LimitWish[]): string {
  return `[${wishes.map(wishJson).join(',')}]`;
}

export function decodeWishes(value: unknown): readonly LimitWish[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isWish);
}

export function encodeAnswers(answers: readonly LimitAnswer[]): string {
  return `[${answers.map((answer) => (answer ? `[${answer.join(',')}]` : 'null')).join(',')}]`;
}

function wishJson([deed, key, count = 0, options]: LimitWish): string {
  const begin = `["${deed}",${JSON.stringify(key)},${count}`;
  if (!options) return `${begin}]`;
  const fields = Object.entries(options).filter(([, field]) => field !== undefined);
  return `${begin},{${fields.map(([name, field]) => `"${name}":${String(field)}`).join(',')}}]`;
}

function isWish(value: unknown): value is LimitWish {
  if (!Array.isArray(value)) return false;
  const [deed, key, count] = value as readonly unknown[];
  return DEEDS.includes(deed as LimitWish[0]) && typeof key === 'string' && typeof count === 'number';
}
