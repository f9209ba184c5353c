/** What is said of a message, beside its body: `s` names the service that it is for. */
export type OutHeader = { readonly [key: string]: HeaderValue };

type HeaderValue = string | number | boolean | undefined | readonly (readonly number[])[];

/** A header: its fields, or those as JSON. */
export type HeaderSource = string | OutHeader;

/** A header as it came: nobody has looked at its fields yet. */
export class Header {
  readonly #fields: object;
  readonly #numberKey: string | undefined;
  readonly #number: number;

  /** `numberKey`: its value is `number`, whatever `fields` have. */
  constructor(fields: object, numberKey?: string, number: number = 0) {
    this.#fields = fields;
    this.#numberKey = numberKey;
    this.#number = number;
  }

  /** Not what all objects inherit. */
  get(key: string): unknown {
    if (key === this.#numberKey) return this.#number;
    return Object.hasOwn(this.#fields, key) ? (this.#fields as Record<string, unknown>)[key] : undefined;
  }
}

/** As JSON, whatever `toJSON` programs have put on the prototypes of objects and arrays. Each message has one: this is to be fast. */
function headerJson(header: OutHeader): string {
  let text = '';
  for (const key of Object.keys(header)) {
    const value = header[key];
    if (value !== undefined) text += `${text === '' ? '{' : ','}"${key}":${valueJson(value)}`;
  }
  return `${text === '' ? '{' : text}}`;
}

/** What many headers have in common, made into text once. */
export class HeaderStart {
  readonly #text: string;

  constructor(header: OutHeader) {
    this.#text = headerJson(header).slice(0, -1);
  }

  with(n: number): string {
    return `${this.#text},"n":${n}}`;
  }
}

const PLAIN_TEXT = /^[\w .:/-]*$/;

function valueJson(value: Exclude<HeaderValue, undefined>): string {
  if (typeof value === 'string') return PLAIN_TEXT.test(value) ? `"${value}"` : JSON.stringify(value);
  if (typeof value === 'object') return `[${value.map((pair) => `[${pair.join(',')}]`).join(',')}]`;
  return String(value);
}

export function headerText(source: HeaderSource): string {
  return typeof source === 'string' ? source : headerJson(source);
}

/** So many are remembered, and none that is longer. */
const MAX_KNOWN = 512;
const MAX_KNOWN_LENGTH = 512;

/** What stands before the number with which a header may end: its name, and that only if it is plain. */
const UP_TO_NUMBER = /[{,]"(\w+)":$/;
/** More may not be exact. */
const MAX_DIGITS = 15;
const [ZERO, NINE, COLON, BRACE] = [48, 57, 58, 125];

interface Known {
  readonly fields: object;
  readonly numberKey: string | undefined;
}

/** Headers that were read before, by their text up to the number with which they may end. */
const known = new Map<string, Known>();

/**
 * `undefined` for text that is none. Most differ from an earlier one in nothing but a number at their end: to parse them again would cost
 * more than all else that is done for a small message.
 */
export function readHeader(source: HeaderSource): Header | undefined {
  if (typeof source === 'object') return new Header(source);
  const numberAt = lastNumberAt(source);
  if (numberAt === undefined) {
    // What is remembered without its number is no header.
    const found = (isWhole(source) && known.get(source)) || parse(source, source, undefined);
    return found && new Header(found.fields);
  }
  const start = source.slice(0, numberAt);
  const found = known.get(start) ?? parse(source, start, UP_TO_NUMBER.exec(start)?.[1]);
  return found && new Header(found.fields, found.numberKey, Number(source.slice(numberAt, -1)));
}

/** `start` is remembered where the rest is the value of `numberKey`, or nothing. */
function parse(source: string, start: string, numberKey: string | undefined): Known | undefined {
  try {
    const fields: unknown = JSON.parse(source);
    if (typeof fields !== 'object' || fields === null) return undefined;
    const found = { fields, numberKey };
    if (start.length > MAX_KNOWN_LENGTH || (start !== source && numberKey === undefined)) return found;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(start, found);
    return found;
  } catch {
    return undefined;
  }
}

/** Where the last field's value begins, if that is a number of nothing but digits. */
function lastNumberAt(text: string): number | undefined {
  const end = text.length - 1;
  let at = end;
  while (isDigit(text.charCodeAt(at - 1))) at -= 1;
  const digits = end - at;
  const isNumber = digits === 1 || (digits > 1 && digits <= MAX_DIGITS && text.charCodeAt(at) !== ZERO);
  return isNumber && isWhole(text) && text.charCodeAt(at - 1) === COLON ? at : undefined;
}

function isWhole(text: string): boolean {
  return text.charCodeAt(text.length - 1) === BRACE;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}
