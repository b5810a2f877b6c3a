import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { decodeGenome, encodeGenome, type Genome } from '@genehound/genes';

/** What of one artifact is kept between runs. */
export interface Extracted {
  readonly sha256: string;
  readonly layout: 'file' | 'mapped' | 'raw';
  /** Where it lay: a path in its package, or an address in a process. */
  readonly place: string;
  readonly format: string;
  readonly bytes: number;
  readonly genome: Genome;
}

/** A file of records: length and JSON without the genome, length and genome; lengths are 32 bits, little-endian. */
export function writeExtracted(path: string, artifacts: readonly Extracted[]): void {
  const parts: Uint8Array[] = [];
  const put = (bytes: Uint8Array): void => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, bytes.length, true);
    parts.push(length, bytes);
  };
  for (const { genome, ...rest } of artifacts) {
    put(new TextEncoder().encode(JSON.stringify(rest)));
    put(encodeGenome(genome));
  }
  // Whole or not at all: a run may end at any time.
  writeFileSync(`${path}.part`, Buffer.concat(parts));
  renameSync(`${path}.part`, path);
}

export function readExtracted(path: string): Extracted[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const found: Extracted[] = [];
  let at = 0;
  const take = (): Buffer => {
    const length = bytes.readUInt32LE(at);
    at += 4 + length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const rest: Omit<Extracted, 'genome'> = JSON.parse(take().toString());
    const genome = decodeGenome(take());
    if (genome === undefined) throw new Error(`${path} holds a broken genome`);
    found.push({ ...rest, genome });
  }
  return found;
}
