/**
 * The smallest .NET assembly that is one: PE headers, a CLI header, a metadata signature. It has no method, and no runtime
 * would find anything to run in it. ECMA-335, II.25.
 */
export function makeAssembly(): Buffer {
  const bytes = Buffer.alloc(0x1000);
  const optional = 0x98;
  const section = optional + 224;
  bytes.write('MZ', 0);
  bytes.writeUInt32LE(0x80, 60);
  bytes.write('PE\0\0', 0x80);
  bytes.writeUInt16LE(0x14c, 0x84); // i386, as assemblies for any processor say
  bytes.writeUInt16LE(1, 0x86);
  bytes.writeUInt32LE(0x5f00_0000, 0x88);
  bytes.writeUInt16LE(224, 0x94);
  bytes.writeUInt16LE(0x2102, 0x96);
  bytes.writeUInt16LE(0x10b, optional);
  bytes.writeUInt32LE(0x1000_0000, optional + 28);
  bytes.writeUInt32LE(0x2000, optional + 32);
  bytes.writeUInt32LE(0x200, optional + 36);
  bytes.writeUInt32LE(0x4000, optional + 56);
  bytes.writeUInt32LE(0x200, optional + 60);
  bytes.writeUInt32LE(16, optional + 92);
  bytes.writeUInt32LE(0x2008, optional + 96 + 14 * 8);
  bytes.writeUInt32LE(72, optional + 96 + 14 * 8 + 4);
  bytes.write('.text', section);
  for (const [at, value] of [
    [8, 0xe00],
    [12, 0x2000],
    [16, 0xe00],
    [20, 0x200],
    [36, 0x6000_0020],
  ] as const)
    bytes.writeUInt32LE(value, section + at);
  bytes.writeUInt32LE(72, 0x208);
  bytes.writeUInt32LE(0x2100, 0x210);
  bytes.writeUInt32LE(0x400, 0x214);
  bytes.write('BSJB', 0x300);
  return bytes;
}
