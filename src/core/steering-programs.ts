import { op } from './classic-bpf.ts';
import type { Instruction } from './classic-bpf.ts';

/** A socket of a group that shares an address, as the kernel counts it, and the slot that it belongs to. */
export interface Target {
  readonly index: number;
  readonly slot: number;
}

/** Where a program finds what; offsets that are negative mean something to the kernel, see linux/filter.h. */
const NETWORK_HEADER = -0x10_0000;
const RANDOM = -0x1000 + 56;
const IPV4 = { source: NETWORK_HEADER + 12, ports: NETWORK_HEADER + 20 } as const;
const IPV6 = { source: NETWORK_HEADER + 8, ports: NETWORK_HEADER + 40 } as const;

/** Cells of the scratch memory. */
const CLIENT = 0;
const HIGHEST = 1;
const CHOSEN = 2;

/** The golden ratio of 2^32, and the multipliers of MurmurHash3's finalizer: https://github.com/aappleby/smhasher */
const GOLDEN = 0x9e37_79b1;
const MIX_1 = 0x85eb_ca6b;
const MIX_2 = 0xc2b2_ae35;

/** Any socket, as likely as any other. */
export function randomProgram(targets: readonly Target[]): Instruction[] {
  return [op('loadWord', RANDOM), op('modulo', targets.length), ...answerNth(targets)];
}

/** Any socket, each as likely as its weight says; equally where no weight is above 0. */
export function weightedProgram(targets: readonly (Target & { readonly weight: number })[]): Instruction[] {
  const total = targets.reduce((sum, { weight }) => sum + weight, 0);
  if (!(total > 0 && Number.isFinite(total))) return randomProgram(targets);
  const program = [op('loadWord', RANDOM)];
  const some = targets.filter(({ weight }) => weight > 0);
  let sum = 0;
  for (const { index, weight } of some.slice(0, -1)) {
    sum += weight;
    const limit = Math.min(2 ** 32 - 1, Math.round((sum / total) * 2 ** 32));
    program.push(op('ifAtLeast', limit, 1, 0), op('answer', index));
  }
  return [...program, op('answer', some.at(-1)?.index ?? 0)];
}

/** A socket by the client's address and port. */
export function hashProgram(targets: readonly Target[]): Instruction[] {
  return [
    ...byFamily([...sourceIpv4(), ...mixInPorts(IPV4.ports)], [...sourceIpv6(), ...mixInPorts(IPV6.ports)]),
    ...mix(),
    op('modulo', targets.length),
    ...answerNth(targets),
  ];
}

/**
 * A socket by the client's address alone: rendezvous hashing over the slots. A slot's clients stay its own whatever the
 * kernel's order of the sockets is, and another slot more or less moves only the clients of that one.
 *
 * A slot has few instructions because net.core.optmem_max, on older kernels 20 KiB by default, is enough for some 2400.
 */
export function stickyProgram(targets: readonly Target[]): Instruction[] {
  const [first, ...others] = targets;
  if (!first) return [];
  return [
    ...byFamily(sourceIpv4(), sourceIpv6()),
    ...fold(16),
    op('store', CLIENT),
    ...weightOf(first),
    ...choose(first),
    ...others.flatMap((target) => [
      ...weightOf(target),
      op('recallToX', HIGHEST),
      op('ifGreaterX', 0, 0, choose(target).length),
      ...choose(target),
    ]),
    op('recall', CHOSEN),
    op('answerA'),
  ];
}

/**
 * A = what the client's address and the slot give when mixed. Of mix() the first step has been done to both, where it
 * comes to the same; the last one is left out, for it changes only lower bits by higher.
 */
function weightOf({ slot }: Target): Instruction[] {
  const key = Math.imul(slot + 1, GOLDEN);
  return [
    op('recall', CLIENT),
    op('xor', key ^ (key >>> 16)),
    op('multiply', MIX_1),
    ...fold(13),
    op('multiply', MIX_2),
  ];
}

function choose({ index }: Target): Instruction[] {
  return [op('store', HIGHEST), op('load', index), op('store', CHOSEN)];
}

/** Goes on with either, by the version in the packet's first byte. */
function byFamily(ipv4: readonly Instruction[], ipv6: readonly Instruction[]): Instruction[] {
  return [
    op('loadByte', NETWORK_HEADER),
    op('shiftRight', 4),
    op('ifEqual', 6, 0, ipv6.length + 1),
    ...ipv6,
    op('skip', ipv4.length),
    ...ipv4,
  ];
}

function sourceIpv4(): Instruction[] {
  return [op('loadWord', IPV4.source)];
}

/**
 * The four words of an address as one, in which the order of the words matters. One that stands for an IPv4 address, as
 * datagrams from a translator have, counts as that one: RFC 4291, 2.5.5.2.
 */
function sourceIpv6(): Instruction[] {
  const [first, second, third, fourth] = [
    op('loadWord', IPV6.source),
    op('loadWord', IPV6.source + 4),
    op('loadWord', IPV6.source + 8),
    op('loadWord', IPV6.source + 12),
  ] as const;
  const native = [first, ...appended(second), ...appended(third), ...appended(fourth)];
  return [
    first,
    op('ifEqual', 0, 0, 6),
    second,
    op('ifEqual', 0, 0, 4),
    third,
    op('ifEqual', 0xffff, 0, 2),
    fourth,
    op('skip', native.length),
    ...native,
  ];
}

function appended(word: Instruction): Instruction[] {
  return [op('multiply', GOLDEN), op('copyToX'), word, op('addX')];
}

function mixInPorts(offset: number): Instruction[] {
  return [op('copyToX'), op('loadWord', offset), op('xorX'), op('multiply', GOLDEN)];
}

/** Spreads every bit of A over all. */
function mix(): Instruction[] {
  return [...fold(16), op('multiply', MIX_1), ...fold(13), op('multiply', MIX_2), ...fold(16)];
}

/** A ^= A >>> bits. */
function fold(bits: number): Instruction[] {
  return [op('copyToX'), op('shiftRight', bits), op('xorX')];
}

/** Ends with the index of the A-th target. */
function answerNth(targets: readonly Target[]): Instruction[] {
  const isInOrder = targets.every(({ index }, i) => index === i);
  if (isInOrder) return [op('answerA')];
  const last = targets.at(-1)?.index ?? 0;
  const steps = targets.slice(0, -1).flatMap(({ index }, i) => [op('ifEqual', i, 0, 1), op('answer', index)]);
  return [...steps, op('answer', last)];
}
