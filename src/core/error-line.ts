/** The line of an error's stack that says what it was. */
export function errorLine(stack: string): string {
  return stack.replace(SOURCE, '').trimStart().split('\n', 1)[0] ?? '';
}

/** Node puts where a syntax error is, and that line of the source, before its name. */
const SOURCE = /^.+:\d+\n.*\n *\^+\n\s*/;
