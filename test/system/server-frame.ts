/** A frame as a WebSocket server sends it; `first` holds the opcode and the flags, FIN among them. */
export function serverFrame(
  first: number,
  data: Buffer,
  lengthForm: 7 | 16 | 64 = formFor(data.length),
): Buffer {
  switch (lengthForm) {
    case 7:
      return Buffer.concat([Buffer.from([first, data.length]), data]);
    case 16: {
      const head = Buffer.from([first, 126, 0, 0]);
      head.writeUInt16BE(data.length, 2);
      return Buffer.concat([head, data]);
    }
    case 64: {
      const head = Buffer.from([first, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
      head.writeBigUInt64BE(BigInt(data.length), 2);
      return Buffer.concat([head, data]);
    }
    default:
      return lengthForm satisfies never;
  }
}

function formFor(length: number): 7 | 16 | 64 {
  return length < 126 ? 7 : length < 65_536 ? 16 : 64;
}

/** What a client's frame holds; fails unless it is whole and masked, with its length in the shortest form. */
export function readClientFrame(bytes: Buffer): { opcode: number; data: Buffer; endsAt: number } {
  const [first = 0, second = 0] = bytes;
  if ((first & 0xf0) !== 0x80) throw new Error(`flags ${first >> 4}`);
  if ((second & 0x80) === 0) throw new Error('not masked');
  const short = second & 0x7f;
  const start = short === 127 ? 10 : short === 126 ? 4 : 2;
  const length =
    short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if ((short === 126 && length < 126) || (short === 127 && length < 65_536))
    throw new Error('not the shortest');
  const mask = bytes.subarray(start, start + 4);
  const endsAt = start + 4 + length;
  if (bytes.length < endsAt) throw new Error('not whole');
  const data = Buffer.from(bytes.subarray(start + 4, endsAt));
  for (let i = 0; i < length; i += 1) data[i] = (data[i] ?? 0) ^ (mask[i % 4] ?? 0);
  return { opcode: first & 0x0f, data, endsAt };
}
