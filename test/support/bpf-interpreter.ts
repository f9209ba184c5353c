import assert from 'node:assert/strict';

/** What a program can see: the packet from its network header on, and random numbers of 32 bits. */
export interface Packet {
  readonly network: Uint8Array;
  readonly random?: number;
}

const NETWORK_HEADER = -0x10_0000;
const RANDOM = -0x1000 + 56;

/** Runs encoded classic BPF as the kernel does; fails for what the kernel would not accept. */
export function runBpf(code: Uint8Array, packet: Packet): number {
  const view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  const memory = new Map<number, number>();
  let a = 0;
  let x = 0;
  for (let at = 0; at < code.byteLength; at += 8) {
    const operation = view.getUint16(at, true);
    const jt = view.getUint8(at + 2);
    const jf = view.getUint8(at + 3);
    const k = view.getUint32(at + 4, true);
    const jumpIf = (holds: boolean): void => void (at += 8 * (holds ? jt : jf));
    switch (operation) {
      case 0x20:
        a = loadWord(packet, k | 0);
        break;
      case 0x30:
        a = loadByte(packet, k | 0);
        break;
      case 0x00:
        a = k;
        break;
      case 0x60:
        a = recall(memory, k);
        break;
      case 0x61:
        x = recall(memory, k);
        break;
      case 0x02:
        assert(k < 16, `there is no M[${k}]`);
        memory.set(k, a);
        break;
      case 0x07:
        x = a;
        break;
      case 0x0c:
        a = (a + x) >>> 0;
        break;
      case 0x24:
        a = Math.imul(a, k) >>> 0;
        break;
      case 0x94:
        assert(k > 0, 'a division by zero');
        a %= k;
        break;
      case 0x54:
        a = (a & k) >>> 0;
        break;
      case 0x74:
        assert(k < 32, `a shift by ${k}`);
        a >>>= k;
        break;
      case 0xa4:
        a = (a ^ k) >>> 0;
        break;
      case 0xac:
        a = (a ^ x) >>> 0;
        break;
      case 0x2d:
        jumpIf(a > x);
        break;
      case 0x35:
        jumpIf(a >= k);
        break;
      case 0x15:
        jumpIf(a === k);
        break;
      case 0x05:
        at += 8 * k;
        break;
      case 0x06:
        return k;
      case 0x16:
        return a;
      default:
        assert.fail(`unknown operation 0x${operation.toString(16)}`);
    }
  }
  return assert.fail('the program has no end');
}

function recall(memory: ReadonlyMap<number, number>, cell: number): number {
  const value = memory.get(cell);
  assert(value !== undefined, `M[${cell}] is read before it is written`);
  return value;
}

function loadWord({ network, random }: Packet, offset: number): number {
  if (offset === RANDOM) {
    assert(random !== undefined, 'nothing random is there');
    return random >>> 0;
  }
  return new DataView(network.buffer, network.byteOffset).getUint32(offset - NETWORK_HEADER);
}

function loadByte({ network }: Packet, offset: number): number {
  return new DataView(network.buffer, network.byteOffset).getUint8(offset - NETWORK_HEADER);
}
