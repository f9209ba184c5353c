/**
 * An assembler for classic BPF, the small programs that Linux runs for a packet:
 * https://www.kernel.org/doc/Documentation/networking/filter.txt
 */

/** One instruction: an operation, how many instructions to skip if true or false, and an operand. */
export interface Instruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** What the kernel accepts. */
export const MAX_INSTRUCTIONS = 4096;
const MAX_SKIP = 255;
const INSTRUCTION_BYTES = 8;

/** Operations, by what they do to the accumulator A, the index register X and the scratch memory M. */
const CODES = {
  /** A = 32 bits of the packet at k. */
  loadWord: 0x20,
  /** A = 8 bits of the packet at k. */
  loadByte: 0x30,
  /** A = k. */
  load: 0x00,
  /** A = M[k]. */
  recall: 0x60,
  /** M[k] = A. */
  store: 0x02,
  /** X = A. */
  copyToX: 0x07,
  /** X = M[k]. */
  recallToX: 0x61,
  addX: 0x0c,
  multiply: 0x24,
  modulo: 0x94,
  and: 0x54,
  shiftRight: 0x74,
  xor: 0xa4,
  xorX: 0xac,
  /** Skips where A > X, unsigned. */
  ifGreaterX: 0x2d,
  /** Skips where A >= k, unsigned. */
  ifAtLeast: 0x35,
  ifEqual: 0x15,
  /** Skips k instructions. */
  skip: 0x05,
  /** Ends with k. */
  answer: 0x06,
  /** Ends with A. */
  answerA: 0x16,
} as const;

export type Operation = keyof typeof CODES;

/** An instruction; conditional ones skip `jt` instructions if they hold and `jf` if not. */
export function op(operation: Operation, k = 0, jt = 0, jf = 0): Instruction {
  if (jt > MAX_SKIP || jf > MAX_SKIP) throw new RangeError(`Cannot skip ${Math.max(jt, jf)} instructions`);
  return { code: CODES[operation], jt, jf, k: k >>> 0 };
}

/** The program as `struct sock_filter[]`, little-endian as on every platform where it is used. */
export function encode(program: readonly Instruction[]): Uint8Array {
  if (program.length > MAX_INSTRUCTIONS) throw new RangeError(`${program.length} instructions are too many`);
  const bytes = new DataView(new ArrayBuffer(program.length * INSTRUCTION_BYTES));
  for (const [i, { code, jt, jf, k }] of program.entries()) {
    const at = i * INSTRUCTION_BYTES;
    bytes.setUint16(at, code, true);
    bytes.setUint8(at + 2, jt);
    bytes.setUint8(at + 3, jf);
    bytes.setUint32(at + 4, k, true);
  }
  return new Uint8Array(bytes.buffer);
}
