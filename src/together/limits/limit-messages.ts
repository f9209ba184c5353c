import { decodeBody } from '../body.ts';
import type { Body } from '../frames.ts';
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

/** `undefined` in place of what is no wish; and in place of all, where the body is none of ours. Whoever has sent it may be wrong. */
export function decodeWishes(body: Body): readonly (LimitWish | undefined)[] | undefined {
  let value: unknown;
  try {
    value = decodeBody(body);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  return value.map((wish: unknown) => (isWish(wish) ? wish : undefined));
}

export function encodeAnswers(answers: readonly (LimitAnswer | undefined)[]): string {
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
  const [deed, key, count, options] = value as readonly unknown[];
  if (!DEEDS.includes(deed as LimitWish[0]) || typeof key !== 'string') return false;
  return Number.isFinite(count) && (options === undefined || isAddOptions(options));
}

function isAddOptions(value: unknown): value is AddOptions {
  if (typeof value !== 'object' || value === null) return false;
  const { forMs = 0, blockMs = 0 } = value as Readonly<Record<string, unknown>>;
  return Number.isFinite(forMs) && Number.isFinite(blockMs);
}
