/**
 * Splits the value of NODE_OPTIONS as Node does: at spaces, where a double quote keeps them and a backslash inside
 * quotes takes the next character as it is; there is no empty option. https://nodejs.org/api/cli.html#node_optionsoptions
 */
export function splitNodeOptions(value: string): string[] {
  const options: string[] = [];
  let current: string | undefined;
  let isQuoted = false;
  for (let i = 0; i < value.length; i += 1) {
    let char = value.charAt(i);
    if (char === ' ' && !isQuoted) {
      if (current !== undefined) options.push(current);
      current = undefined;
      continue;
    }
    if (char === '"') {
      isQuoted = !isQuoted;
      continue;
    }
    if (char === '\\' && isQuoted && i + 1 < value.length) {
      i += 1;
      char = value.charAt(i);
    }
    current = (current ?? '') + char;
  }
  if (current !== undefined) options.push(current);
  return options;
}

export function joinNodeOptions(options: readonly string[]): string {
  return options.map(quote).join(' ');
}

function quote(option: string): string {
  if (!/[\s"\\]/.test(option)) return option;
  return `"${option.replace(/[\\"]/g, '\\$&')}"`;
}
