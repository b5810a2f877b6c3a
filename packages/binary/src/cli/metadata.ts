import type { ProblemList } from '../problem-list.ts';
import type { Reader } from '../reader.ts';

/** `BSJB`, the first bytes of the metadata root (ECMA-335, II.24.2.1). */
export const METADATA_SIGNATURE = 0x424a5342;

/** Real images have five streams; more than this many are not looked at. */
const MAX_STREAMS = 32;

/** Tables that lie before MethodDef, that one, and those whose row counts decide how wide their columns are. */
const TABLE = {
  module: 0x00,
  typeRef: 0x01,
  typeDef: 0x02,
  fieldPtr: 0x03,
  field: 0x04,
  methodPtr: 0x05,
  methodDef: 0x06,
  paramPtr: 0x07,
  param: 0x08,
  moduleRef: 0x1a,
  typeSpec: 0x1b,
  assemblyRef: 0x23,
} as const;

/** Where the table MethodDef lies: its rows begin with the RVA of the body and the implementation flags. */
export interface MethodTable {
  readonly at: number;
  readonly rows: number;
  readonly rowSize: number;
}

/** The MethodDef table of the metadata root at `at`; null where there is none that can be read. */
export function findMethodTable(reader: Reader, at: number, problems: ProblemList): MethodTable | null {
  if (reader.u32(at) !== METADATA_SIGNATURE) {
    problems.add('bad-cli-metadata', 'The CLI header names metadata that does not begin as metadata does', at);
    return null;
  }
  const tables = findTableStream(reader, at);
  if (tables < 0) {
    problems.add('bad-cli-metadata', 'The metadata have no table stream', at);
    return null;
  }
  const table = readTableStream(reader, tables);
  if (table === null) problems.add('bad-cli-metadata', 'The metadata tables end outside the bytes', tables);
  return table;
}

/** Offset of `#~` or, in images that were edited, `#-`; -1 where there is none. */
function findTableStream(reader: Reader, root: number): number {
  const versionLength = reader.u32(root + 12);
  if (versionLength > 256) return -1;
  let at = root + 16 + versionLength;
  const count = Math.min(reader.u16(at + 2), MAX_STREAMS);
  at += 4;
  for (let i = 0; i < count && reader.has(at, 9); i++) {
    const offset = reader.u32(at);
    const isTables = reader.u8(at + 8) === 0x23 && (reader.u8(at + 9) === 0x7e || reader.u8(at + 9) === 0x2d);
    if (isTables && reader.u8(at + 10) === 0) return root + offset;
    let end = at + 8;
    while (reader.u8(end) !== 0 && end < at + 40) end++;
    at = (end + 4) & ~3;
  }
  return -1;
}

function readTableStream(reader: Reader, at: number): MethodTable | null {
  if (!reader.has(at, 24)) return null;
  const heaps = reader.u8(at + 6);
  const rows = new Float64Array(64);
  let p = at + 24;
  for (let table = 0; table < 64; table++) {
    const valid = reader.u32(at + 8 + (table >> 5) * 4);
    if (((valid >>> (table & 31)) & 1) === 0) continue;
    rows[table] = reader.u32(p);
    p += 4;
  }
  // Edited images have four bytes more here.
  if ((heaps & 0x40) !== 0) p += 4;
  const sizes = rowSizes(heaps, rows);
  for (let table = 0; table < TABLE.methodDef; table++) p += (rows[table] ?? 0) * (sizes[table] ?? 0);
  const rowSize = sizes[TABLE.methodDef] ?? 0;
  const count = rows[TABLE.methodDef] ?? 0;
  return reader.has(p, count * rowSize) ? { at: p, rows: count, rowSize } : null;
}

/** Bytes per row of the tables up to MethodDef (ECMA-335, II.22 and II.24.2.6). */
function rowSizes(heaps: number, rows: Float64Array): readonly number[] {
  const wide = (limit: number, ...tables: readonly number[]): number =>
    tables.some((table) => (rows[table] ?? 0) >= limit) ? 4 : 2;
  const string = (heaps & 1) !== 0 ? 4 : 2;
  const guid = (heaps & 2) !== 0 ? 4 : 2;
  const blob = (heaps & 4) !== 0 ? 4 : 2;
  const field = wide(0x1_0000, TABLE.field, TABLE.fieldPtr);
  const method = wide(0x1_0000, TABLE.methodDef, TABLE.methodPtr);
  const param = wide(0x1_0000, TABLE.param, TABLE.paramPtr);
  // Two bits of the index tell which table.
  const scope = wide(0x4000, TABLE.module, TABLE.moduleRef, TABLE.assemblyRef, TABLE.typeRef);
  const type = wide(0x4000, TABLE.typeDef, TABLE.typeRef, TABLE.typeSpec);
  return [
    2 + string + 3 * guid,
    scope + 2 * string,
    4 + 2 * string + type + field + method,
    field,
    2 + string + blob,
    method,
    8 + string + blob + param,
  ];
}
