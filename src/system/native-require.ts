/** What Node gives a CommonJS module. Bundlers put an object of their own in its place, which cannot require. */
declare const module: object | undefined;

const own =
  typeof module === 'object'
    ? (Reflect.get(module, 'require') as ((id: string) => unknown) | undefined)
    : undefined;

/** Whether a bundler has put this code into a file with other code. */
export const isBundled: boolean = typeof own !== 'function';

/** Node's own require(), unseen by bundlers: what it loads is looked for when the program runs. */
export function nativeRequire(specifier: string): unknown {
  return own ? Reflect.apply(own, module, [specifier]) : requireFrom(mainProgram())(specifier);
}

/** A require() as seen from a file. Making one loads node:module, which costs a worker half a millisecond. */
export function requireFrom(file: string): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(file);
}

/** The file of the program that this process runs; where it has none, one that would lie in the current folder. */
export function mainProgram(): string {
  return process.getBuiltinModule('node:path').resolve(process.argv[1] ?? 'program.js');
}
