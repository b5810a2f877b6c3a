/**
 * The version resource and the manifest of Scanner.exe, as an object file that Go's linker takes (`*.syso`): what Explorer,
 * inventories and WDAC rules by product name read. Formats: Microsoft's "PE Format" (the .rsrc section) and VERSIONINFO.
 */

const PRODUCT = 'Genehound scanner';
const LANGUAGE = 0x0409;

/**
 * asInvoker: the scanner says what it could not read for lack of privileges, and a prompt would stop unattended runs; those
 * are elevated already. Windows 10 is named, or it would be told that it is an older one; paths may be long.
 */
const MANIFEST = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
 <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3"><security><requestedPrivileges>
  <requestedExecutionLevel level="asInvoker" uiAccess="false"/>
 </requestedPrivileges></security></trustInfo>
 <compatibility xmlns="urn:schemas-microsoft-com:compatibility.v1"><application>
  <supportedOS Id="{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"/>
 </application></compatibility>
 <application xmlns="urn:schemas-microsoft-com:asm.v3"><windowsSettings>
  <longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">true</longPathAware>
 </windowsSettings></application>
</assembly>
`;

const aligned = (bytes) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
const text = (value) => Buffer.from(`${value}\0`, 'utf16le');

/** One block of VERSIONINFO: length, value's length, type (1: text), key, value, children. */
function block(key, type, value, children = []) {
  const head = Buffer.alloc(6);
  const body = aligned(Buffer.concat([head, text(key)]));
  const parts = [body, aligned(value), ...children.map(aligned)];
  const bytes = Buffer.concat(children.length === 0 ? [body, value] : parts);
  bytes.writeUInt16LE(bytes.length, 0);
  bytes.writeUInt16LE(type === 1 ? value.length / 2 : value.length, 2);
  bytes.writeUInt16LE(type, 4);
  return bytes;
}

/** The four numbers of a version such as 1.2.3-rc.1; what follows the numbers has no place there. */
function numbers(version) {
  const found = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version) ?? [];
  return [1, 2, 3].map((index) => Math.min(Number(found[index] ?? 0), 0xffff)).concat(0);
}

function versionInfo(version) {
  const [major, minor, patch, build] = numbers(version);
  const fixed = Buffer.alloc(52);
  const high = ((major << 16) | minor) >>> 0;
  const low = ((patch << 16) | build) >>> 0;
  for (const [at, value] of [
    [0, 0xfeef04bd],
    [4, 0x10000],
    [8, high],
    [12, low],
    [16, high],
    [20, low],
    [24, 0x3f],
    [32, 0x40004], // VOS_NT_WINDOWS32
    [36, 1], // VFT_APP
  ])
    fixed.writeUInt32LE(value, at);
  const strings = {
    CompanyName: 'Genehound contributors',
    FileDescription: PRODUCT,
    FileVersion: version,
    InternalName: 'scanner',
    LegalCopyright: 'Apache-2.0',
    OriginalFilename: 'Scanner.exe',
    ProductName: PRODUCT,
    ProductVersion: version,
  };
  const table = Object.entries(strings).map(([key, value]) => block(key, 1, text(value)));
  const translation = Buffer.from([LANGUAGE & 0xff, LANGUAGE >> 8, 0xb0, 0x04]);
  return block('VS_VERSION_INFO', 0, fixed, [
    block('StringFileInfo', 1, Buffer.alloc(0), [block('040904b0', 1, Buffer.alloc(0), table)]),
    block('VarFileInfo', 1, Buffer.alloc(0), [block('Translation', 0, translation)]),
  ]);
}

/** A directory with one entry; `below` is the offset of what it leads to, a directory unless it is data. */
function directory(id, below, isData) {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt16LE(1, 14);
  bytes.writeUInt32LE(id, 16);
  bytes.writeUInt32LE(isData ? below : (below | 0x8000_0000) >>> 0, 20);
  return bytes;
}

/** The .rsrc section, and the offsets in it that hold addresses. */
function section(resources) {
  const root = Buffer.alloc(16 + 8 * resources.length);
  root.writeUInt16LE(resources.length, 14);
  const parts = [root];
  const relocations = [];
  let at = root.length;
  const data = [];
  for (const [index, { type, bytes }] of resources.entries()) {
    root.writeUInt32LE(type, 16 + 8 * index);
    root.writeUInt32LE((at | 0x8000_0000) >>> 0, 20 + 8 * index);
    const entry = Buffer.alloc(16);
    entry.writeUInt32LE(bytes.length, 4);
    parts.push(directory(1, at + 24, false), directory(LANGUAGE, at + 48, true), entry);
    relocations.push(at + 48);
    data.push({ entry, bytes: Buffer.concat([bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)]) });
    at += 64;
  }
  for (const { entry, bytes } of data) {
    entry.writeUInt32LE(at, 0);
    parts.push(bytes);
    at += bytes.length;
  }
  return { bytes: Buffer.concat(parts), relocations };
}

/** The object file (COFF, x64) with the resources of a version. Equal versions give equal bytes. */
export function resourceObject(version) {
  const { bytes, relocations } = section([
    { type: 16, bytes: versionInfo(version) },
    { type: 24, bytes: Buffer.from(MANIFEST) },
  ]);
  const head = Buffer.alloc(60);
  const table = 60 + bytes.length;
  head.writeUInt16LE(0x8664, 0);
  head.writeUInt16LE(1, 2);
  head.writeUInt32LE(table + 10 * relocations.length, 8);
  head.writeUInt32LE(1, 12);
  head.write('.rsrc', 20);
  head.writeUInt32LE(bytes.length, 36);
  head.writeUInt32LE(60, 40);
  head.writeUInt32LE(table, 44);
  head.writeUInt16LE(relocations.length, 52);
  head.writeUInt32LE(0x4000_0040, 56);
  const fixups = relocations.map((offset) => {
    const one = Buffer.alloc(10);
    one.writeUInt32LE(offset, 0);
    one.writeUInt16LE(3, 8); // IMAGE_REL_AMD64_ADDR32NB
    return one;
  });
  const symbol = Buffer.alloc(18);
  symbol.write('.rsrc', 0);
  symbol.writeInt16LE(1, 12);
  symbol.writeUInt8(3, 16);
  const strings = Buffer.from([4, 0, 0, 0]);
  return Buffer.concat([head, bytes, ...fixups, symbol, strings]);
}
