/** Where a text stops being JSON. Node's own message does not always say it, and says it differently by version. */
export interface JsonError {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** The character there; `undefined` where the text ends too early. */
  readonly found: string | undefined;
}

/** The first place at which `text` is not JSON; `undefined` where all of it is. */
export function findJsonError(text: string): JsonError | undefined {
  const scanner = new Scanner(text);
  if (scanner.skipValue() && scanner.isAtEnd()) return undefined;
  const offset = scanner.offset;
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  const found = text.slice(offset, offset + 2);
  return {
    line: before.length,
    column: (before.at(-1) ?? '').length + 1,
    found: found === '' ? undefined : String.fromCodePoint(found.codePointAt(0) ?? 0),
  };
}

/** Every `skip` says whether what it is to skip was there; else `offset` is where it ceased to be. */
class Scanner {
  offset = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#match(BLANKS);
    return this.offset === this.#text.length;
  }

  skipValue(): boolean {
    this.#match(BLANKS);
    switch (this.#text[this.offset]) {
      case '{':
        return this.#skipList('}', () => this.#skipMember());
      case '[':
        return this.#skipList(']', () => this.skipValue());
      case '"':
        return this.#skipString();
      case 't':
        return this.#skipWord('true');
      case 'f':
        return this.#skipWord('false');
      case 'n':
        return this.#skipWord('null');
      default:
        return this.#skipNumber();
    }
  }

  #skipList(end: string, skipItem: () => boolean): boolean {
    this.offset += 1;
    this.#match(BLANKS);
    if (this.#skipWord(end)) return true;
    for (;;) {
      if (!skipItem()) return false;
      this.#match(BLANKS);
      if (this.#skipWord(end)) return true;
      if (!this.#skipWord(',')) return false;
    }
  }

  #skipMember(): boolean {
    this.#match(BLANKS);
    if (!this.#skipString()) return false;
    this.#match(BLANKS);
    return this.#skipWord(':') && this.skipValue();
  }

  #skipString(): boolean {
    if (!this.#skipWord('"')) return false;
    while (this.#match(CHARACTERS));
    return this.#skipWord('"');
  }

  #skipNumber(): boolean {
    this.#match(/-/y);
    if (!this.#match(/0|[1-9]\d*/y)) return false;
    if (this.#match(/\./y) && !this.#match(/\d+/y)) return false;
    return !this.#match(/[eE][+-]?/y) || this.#match(/\d+/y);
  }

  #skipWord(word: string): boolean {
    for (const letter of word) {
      if (this.#text[this.offset] !== letter) return false;
      this.offset += 1;
    }
    return true;
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.offset;
    const match = pattern.exec(this.#text);
    this.offset += match?.[0].length ?? 0;
    return match !== null && match[0] !== '';
  }
}

const BLANKS = /[ \t\r\n]*/y;
/** Some of a string's, or one that is escaped. */
const CHARACTERS = /[ !#-[\]-\uFFFF]+|\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;
