import { ProblemList } from '../problem-list.ts';
import { Reader } from '../reader.ts';
import type { Problem } from '../types.ts';
import { derAt } from './der.ts';

/** Bytes of a file, `to` is behind the last one. */
interface ByteRange {
  readonly from: number;
  readonly to: number;
}

export interface PeSignatures {
  /** What the Authenticode digest covers, in this order; null where the bytes are no PE file. */
  readonly covered: readonly ByteRange[] | null;
  /** Zeros that the digest takes in behind them: a file without signatures is filled to 8 bytes. */
  readonly padding: number;
  /** The PKCS#7 signatures as they lie in the file. */
  readonly signatures: readonly Uint8Array[];
  /** Where there are any, no signature of the file is to be believed: it holds bytes that none of them covers. */
  readonly problems: readonly Problem[];
}

const SECURITY_DIRECTORY = 4;
/** WIN_CERTIFICATE (PE format, "The Attribute Certificate Table"). */
const REVISION_2 = 0x200;
const PKCS_SIGNED_DATA = 2;
const MOST_SIGNATURES = 8;
/** Bytes: a signature of Windows has 10 to 30 thousand. */
const LARGEST_SIGNATURE = 1 << 20;

function readTable(reader: Reader, bytes: Uint8Array, table: ByteRange, problems: ProblemList): readonly Uint8Array[] {
  const list: Uint8Array[] = [];
  for (let at = table.from; at < table.to; ) {
    const length = reader.u32(at);
    if (length < 8 || at + length > table.to) {
      problems.add('signature-table', 'The table of signatures does not hold together', at);
      return list;
    }
    // What fills an entry up to 8 bytes is no more signed than what fills its message.
    const next = at + ((length + 7) & ~7);
    const body = bytes.subarray(at + 8, Math.min(next, table.to));
    const der = derAt(body, 0, body.length);
    const isPkcs7 = reader.u16(at + 4) === REVISION_2 && reader.u16(at + 6) === PKCS_SIGNED_DATA;
    if (!isPkcs7 || der === null || 8 + der.to > length || der.to > LARGEST_SIGNATURE)
      problems.add('signature-kind', 'A signature is of an unknown kind', at);
    else if (body.length - der.to >= 8 || body.subarray(der.to).some((byte) => byte !== 0))
      problems.add('signature-padding', 'Bytes that no signature covers lie behind a signature', at);
    else if (list.length >= MOST_SIGNATURES)
      problems.add('many-signatures', `More than ${MOST_SIGNATURES} signatures`, at);
    else list.push(body.subarray(0, der.to));
    at = next;
  }
  return list;
}

/**
 * The embedded signatures of a PE file, and the bytes that an Authenticode digest of it covers: all but the check sum, the
 * entry of the table of signatures, and that table, which must be the end of the file. Never throws, whatever the bytes.
 * Source: Microsoft, "Windows Authenticode Portable Executable Signature Format".
 */
export function readPeSignatures(file: Uint8Array): PeSignatures {
  const reader = new Reader(file);
  const problems = new ProblemList();
  const coff = reader.u32(0x3c) + 4;
  const optionalAt = coff + 20;
  const magic = reader.u16(optionalAt);
  const isPe = reader.u16(0) === 0x5a4d && reader.u32(coff - 4) === 0x4550 && (magic === 0x10b || magic === 0x20b);
  const directories = optionalAt + (magic === 0x20b ? 112 : 96);
  const entry = directories + 8 * SECURITY_DIRECTORY;
  const checkSum = optionalAt + 64;
  if (!isPe || !reader.has(optionalAt, 112))
    return { covered: null, padding: 0, signatures: [], problems: problems.list() };
  if (reader.u32(directories - 4) <= SECURITY_DIRECTORY || !reader.has(entry, 8)) {
    const covered = [
      { from: 0, to: checkSum },
      { from: checkSum + 4, to: file.length },
    ];
    return { covered, padding: (8 - (file.length % 8)) % 8, signatures: [], problems: problems.list() };
  }
  const [at, size] = [reader.u32(entry), reader.u32(entry + 4)];
  const isSigned = at !== 0 || size !== 0;
  const table = { from: isSigned ? at : file.length, to: isSigned ? at + size : file.length };
  const fits = table.from >= entry + 8 && table.to <= file.length;
  if (!fits) problems.add('signature-table', 'The table of signatures lies outside of the file', entry);
  else if (table.to !== file.length)
    problems.add('behind-signatures', `${file.length - table.to} bytes lie behind the signatures`, table.to);
  const covered = [
    { from: 0, to: checkSum },
    { from: checkSum + 4, to: entry },
    { from: entry + 8, to: fits ? table.from : file.length },
  ];
  const padding = isSigned ? 0 : (8 - (file.length % 8)) % 8;
  return {
    covered,
    padding,
    signatures: fits ? readTable(reader, file, table, problems) : [],
    problems: problems.list(),
  };
}
