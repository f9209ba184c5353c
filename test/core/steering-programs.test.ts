import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';

import { encode } from '../../src/core/classic-bpf.ts';
import {
  hashProgram,
  randomProgram,
  stickyProgram,
  weightedProgram,
} from '../../src/core/steering-programs.ts';
import type { Target } from '../../src/core/steering-programs.ts';
import { runBpf } from '../support/bpf-interpreter.ts';

/** Slots in the order in which the kernel counts them. */
function targets(...slots: readonly number[]): Target[] {
  return slots.map((slot, index) => ({ slot, index }));
}

function ipv4(client: number, port = 40_000): Uint8Array {
  const packet = new DataView(new ArrayBuffer(40));
  packet.setUint8(0, 0x45);
  packet.setUint32(12, client);
  packet.setUint16(20, port);
  return new Uint8Array(packet.buffer);
}

function ipv6(client: number, { word = 3, port = 40_000 } = {}): Uint8Array {
  const packet = new DataView(new ArrayBuffer(60));
  packet.setUint8(0, 0x60);
  packet.setUint32(8, 0x2001_0db8);
  packet.setUint32(8 + 4 * word, client);
  packet.setUint16(40, port);
  return new Uint8Array(packet.buffer);
}

/** An IPv6 packet from an IPv4 address. */
function mapped(client: number, port = 40_000): Uint8Array {
  const packet = ipv6(client, { port });
  packet.fill(0, 8, 18).fill(0xff, 18, 20);
  return packet;
}

const CLIENTS = Array.from({ length: 8000 }, (_, i) => 0x0a00_0001 + i);
const FAMILIES = { IPv4: ipv4, IPv6: (client: number) => ipv6(client) };

function weighted(...weights: readonly number[]): Uint8Array {
  return encode(weightedProgram(weights.map((weight, i) => ({ index: i + 1, slot: i, weight }))));
}

function slotOf(sockets: readonly Target[], network: Uint8Array): number | undefined {
  const answer = runBpf(encode(stickyProgram(sockets)), { network });
  return sockets.find(({ index }) => index === answer)?.slot;
}

/** How often each index is the answer, in shares of what would be even. */
function shares(code: Uint8Array, packets: readonly Uint8Array[], count: number): number[] {
  const answers = packets.map((network) => runBpf(code, { network }));
  return Array.from(
    { length: count },
    (_, index) => answers.filter((answer) => answer === index).length / (packets.length / count),
  );
}

/** Evenly from 0 to 2^32. */
function randoms(program: Uint8Array, steps = 1000): number[] {
  const network = ipv4(1);
  return Array.from({ length: steps }, (_, i) =>
    runBpf(program, { network, random: Math.floor((i / steps) * 2 ** 32) + (i % 7) }),
  );
}

function countOf(values: readonly number[], value: number): number {
  return values.filter((one) => one === value).length;
}

describe('randomProgram', () => {
  it('draws each socket as often', () => {
    const drawn = randoms(encode(randomProgram(targets(0, 1, 2, 3))), 4000);
    for (const index of [0, 1, 2, 3]) assert(Math.abs(countOf(drawn, index) - 1000) < 150);
  });

  it('draws only those that it is given', () => {
    const some = [3, 1, 6].map((index) => ({ index, slot: 9 }));
    assert.deepEqual(new Set(randoms(encode(randomProgram(some)))), new Set([3, 1, 6]));
  });
});

describe('weightedProgram', () => {
  it('draws each socket as its weight says', () => {
    const drawn = randoms(weighted(1, 2, 0, 5));
    assert.deepEqual(
      [1, 2, 3, 4].map((index) => Math.round(countOf(drawn, index) / 5) * 5),
      [125, 250, 0, 625],
    );
  });

  it('draws the only one always', () => {
    assert.deepEqual(new Set(randoms(weighted(0.3))), new Set([1]));
    assert.deepEqual(new Set(randoms(weighted(0, 3, 0))), new Set([2]));
  });

  it('never draws one without weight', () => {
    for (const random of [0, 2 ** 31, 2 ** 32 - 1]) {
      assert.equal(runBpf(weighted(0, 3, 0), { network: ipv4(1), random }), 2);
    }
  });

  for (const weights of [
    [0, 0],
    [Infinity, 1],
    [Number.NaN, 1],
  ]) {
    it(`draws evenly where the weights are ${weights.join(' and ')}`, () => {
      const drawn = randoms(weighted(...weights));
      assert(Math.abs(countOf(drawn, 1) - 500) < 100, `${countOf(drawn, 1)}`);
    });
  }
});

describe('hashProgram', () => {
  for (const [family, packetOf] of Object.entries({
    IPv4: (port: number) => ipv4(0x7f00_0001, port),
    IPv6: (port: number) => ipv6(1, { port }),
  })) {
    it(`spreads the ports of one ${family} client`, () => {
      const packets = Array.from({ length: 8000 }, (_, i) => packetOf(32_768 + i));
      for (const share of shares(encode(hashProgram(targets(0, 1, 2, 3))), packets, 4)) {
        assert(share > 0.9 && share < 1.1, `${share}`);
      }
    });
  }

  it('answers the same for the same client and port, and only what it is given', () => {
    const code = encode(hashProgram([5, 2].map((index) => ({ index, slot: index }))));
    for (const client of CLIENTS.slice(0, 100)) {
      const answer = runBpf(code, { network: ipv4(client) });
      assert([5, 2].includes(answer));
      assert.equal(runBpf(code, { network: ipv4(client) }), answer);
    }
  });

  it('takes an IPv4 address in an IPv6 packet for what it is', () => {
    const code = encode(hashProgram(targets(0, 1, 2, 3)));
    for (const client of CLIENTS.slice(0, 100)) {
      const answer = runBpf(code, { network: ipv4(client, client & 0xffff) });
      assert.equal(runBpf(code, { network: mapped(client, client & 0xffff) }), answer);
    }
  });
});

describe('stickyProgram', () => {
  for (const [family, packetOf] of Object.entries(FAMILIES)) {
    it(`spreads clients evenly, ${family}`, () => {
      const code = encode(stickyProgram(targets(0, 1, 2, 3, 4, 5, 6, 7)));
      for (const share of shares(code, CLIENTS.map(packetOf), 8)) {
        assert(share > 0.87 && share < 1.13, `${share}`);
      }
    });

    it(`moves only the clients of a slot that is gone, or to one that is new, ${family}`, () => {
      for (const client of CLIENTS.slice(0, 400)) {
        const network = packetOf(client);
        const before = slotOf(targets(0, 1, 2, 3), network);
        if (before !== 2) assert.equal(slotOf(targets(0, 1, 3), network), before);
        const after = slotOf(targets(0, 1, 2, 3, 4), network);
        assert(after === before || after === 4);
      }
    });

    it(`does not care in which order the kernel has the sockets, ${family}`, () => {
      for (const client of CLIENTS.slice(0, 200)) {
        const network = packetOf(client);
        assert.equal(slotOf(targets(3, 1, 0, 2), network), slotOf(targets(0, 1, 2, 3), network));
      }
    });
  }

  it('moves only the clients of a slot, whatever the slots and their order', () => {
    const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    const slots = fc.uniqueArray(fc.nat(1000), { minLength: 2, maxLength: 64 });
    fc.assert(
      fc.property(slots, word, fc.nat(), fc.boolean(), (all, client, nth, isIpv4) => {
        const network = isIpv4 ? ipv4(client) : ipv6(client);
        const gone = all[nth % all.length];
        const before = slotOf(targets(...all), network);
        const after = slotOf(targets(...all.filter((slot) => slot !== gone).toReversed()), network);
        assert.equal(after === before, before !== gone);
        assert.notEqual(after, undefined);
      }),
    );
  });

  it('takes an IPv4 address in an IPv6 packet for what it is, and no other', () => {
    const all = targets(0, 1, 2, 3, 4, 5, 6, 7);
    for (const client of CLIENTS.slice(0, 100)) {
      assert.equal(slotOf(all, mapped(client)), slotOf(all, ipv4(client)));
    }
    for (const at of [8, 12, 17, 18]) {
      const others = CLIENTS.slice(0, 100).map((client) => mapped(client).fill(1, at, at + 1));
      const same = others.filter((network, i) => slotOf(all, network) === slotOf(all, ipv4(CLIENTS[i] ?? 0)));
      assert(same.length < 40, `${same.length} of 100 with another byte ${at}`);
    }
  });

  it('does not look at the port', () => {
    for (const client of CLIENTS.slice(0, 100)) {
      const slots = [1, 2, 3].map((port) => slotOf(targets(0, 1, 2, 3), ipv4(client, port)));
      assert.equal(new Set(slots).size, 1);
    }
  });

  it('looks at every word of an IPv6 address', () => {
    for (const word of [1, 2, 3]) {
      const packets = CLIENTS.slice(0, 2000).map((client) => ipv6(client, { word }));
      for (const share of shares(encode(stickyProgram(targets(0, 1))), packets, 2)) {
        assert(share > 0.9 && share < 1.1, `word ${word}: ${share}`);
      }
    }
  });

  it('is short enough for 128 slots on every kernel', () => {
    const all = targets(...Array.from({ length: 128 }, (_, i) => i));
    assert(stickyProgram(all).length < 2000);
    assert.notEqual(slotOf(all, ipv4(1)), undefined);
  });
});
