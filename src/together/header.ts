/** What is said of a message, beside its body: `s` names the service that it is for. */
export type OutHeader = { readonly [key: string]: HeaderValue };

type HeaderValue = string | number | boolean | undefined | readonly (readonly number[])[];

/** A header: its fields, or those as JSON. */
export type HeaderSource = string | OutHeader;

/** A header as it came: nobody has looked at its fields yet. */
export class Header {
  readonly #fields: object;

  constructor(fields: object) {
    this.#fields = fields;
  }

  /** Not what all objects inherit. */
  get(key: string): unknown {
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

/** `undefined` for text that is none. */
export function readHeader(source: HeaderSource): Header | undefined {
  if (typeof source === 'object') return new Header(source);
  try {
    const fields: unknown = JSON.parse(source);
    return typeof fields === 'object' && fields !== null ? new Header(fields) : undefined;
  } catch {
    return undefined;
  }
}
