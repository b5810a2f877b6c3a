import type { ProblemList } from '../problem-list.ts';
import type { Reader } from '../reader.ts';
import type { CliMethods } from '../types.ts';
import { findMethodTable, METADATA_SIGNATURE } from './metadata.ts';
import { readMethods } from './methods.ts';

/** Size that the CLI header states of itself (ECMA-335, II.25.3.3). */
const HEADER_SIZE = 72;
const FLAG_IL_ONLY = 1;
/** How far before its metadata an unnamed CLI header is looked for: it opens the section, the metadata follow the code. */
const MAX_SEARCH = 64 << 20;

/** What the CLI header of an image says. */
export interface CliImage {
  readonly methods: CliMethods;
  /** No native code but the stub that starts the runtime. */
  readonly ilOnly: boolean;
  readonly headerRva: number;
  readonly metadataRva: number;
  readonly metadataSize: number;
}

/** The CLI header at `at`, which is `rva`. `offsetOf` gives where an RVA lies in the bytes, or -1. Never throws. */
export function parseCli(
  reader: Reader,
  at: number,
  rva: number,
  offsetOf: (rva: number) => number,
  problems: ProblemList,
): CliImage | null {
  if (!reader.has(at, HEADER_SIZE) || reader.u32(at) < HEADER_SIZE) {
    problems.add('bad-cli-header', 'The CLI header is cut short', at);
    return null;
  }
  const metadataRva = reader.u32(at + 8);
  const metadataAt = offsetOf(metadataRva);
  const table = metadataAt < 0 ? null : findMethodTable(reader, metadataAt, problems);
  if (table === null) return null;
  // Code that was compiled ahead of time (ReadyToRun) is native code of this image.
  const compiled = reader.u32(at + 64) !== 0;
  return {
    methods: readMethods(reader, table, offsetOf, problems),
    ilOnly: (reader.u32(at + 16) & FLAG_IL_ONLY) !== 0 && !compiled,
    headerRva: rva,
    metadataRva,
    metadataSize: reader.u32(at + 12),
  };
}

/**
 * An assembly in bytes that say nothing of themselves: raw memory, or an image whose headers were erased. The metadata root and
 * the CLI header, which names it, lie in one section, so their distance tells where RVAs are. RVAs of the result are offsets.
 */
export function findCli(bytes: Uint8Array, reader: Reader, problems: ProblemList): CliImage | null {
  const root = findSignature(bytes, reader);
  if (root < 0) return null;
  const header = findHeader(bytes, reader, root);
  if (header < 0) return null;
  const shift = reader.u32(header + 8) - root;
  const found = parseCli(reader, header, header, (rva) => rva - shift, problems);
  if (found === null) return null;
  return { ...found, methods: { ...found.methods, rvas: found.methods.offsets }, metadataRva: root };
}

function findSignature(bytes: Uint8Array, reader: Reader): number {
  for (let at = bytes.indexOf(0x42); at >= 0; at = bytes.indexOf(0x42, at + 1)) {
    // Metadata version 1.1, nothing reserved, a version string of sane length.
    if (reader.u32(at) !== METADATA_SIGNATURE) continue;
    if (reader.u16(at + 4) === 1 && reader.u32(at + 8) === 0 && reader.u32(at + 12) <= 256) return at;
  }
  return -1;
}

/** Nearest place before the metadata, aligned to four bytes, that looks like their header; -1 if there is none. */
function findHeader(bytes: Uint8Array, reader: Reader, root: number): number {
  for (let at = (root - HEADER_SIZE) & ~3; at >= Math.max(0, root - MAX_SEARCH); at -= 4) {
    if (bytes[at] !== HEADER_SIZE || reader.u32(at) !== HEADER_SIZE || reader.u16(at + 4) !== 2) continue;
    const rva = reader.u32(at + 8);
    const size = reader.u32(at + 12);
    // In one section: what the RVA of the metadata is for the header, it is for everything.
    if (rva >= root - at && size >= 16 && reader.has(root, size)) return at;
  }
  return -1;
}
