import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { FAMILY_TYPES, TLPS } from '@genehound/contract';
import { PackError, type PackHeader, PackReader, type PackTotals } from '@genehound/genes';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { readErrorReason } from '../read-error.ts';

/** What a pack is, after every byte of it was read and its signature checked. */
export interface VerifiedPack extends PackTotals {
  readonly header: PackHeader;
  /** Who signed it; whether that is somebody to trust is for the reader to say. */
  readonly signer: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Reads a whole pack, one frame at a time. Failure where it is no pack, cut off, or changed since it was signed. */
export async function verifyPack(path: string): Promise<VerifiedPack> {
  const reader = new PackReader({ types: FAMILY_TYPES, tlps: TLPS });
  const hash = createHash('sha256');
  let header: PackHeader | undefined;
  let signed: { readonly publicKey: string; readonly totals: PackTotals } | undefined;
  let bytes = 0;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) {
      hash.update(piece);
      bytes += piece.length;
      for (const event of reader.push(piece)) {
        if (event.kind === 'header') header = event.header;
        if (event.kind === 'signed') signed = event;
      }
    }
    reader.end();
  } catch (error) {
    if (error instanceof PackError) throw new Failure(EXIT.failed, `${path} was refused: ${error.message}.`);
    throw new Failure(EXIT.failed, `${path} cannot be read: ${readErrorReason(error)}.`);
  }
  if (header === undefined || signed === undefined) throw new Failure(EXIT.failed, `${path} is no pack.`);
  return { header, signer: signed.publicKey, ...signed.totals, sha256: hash.digest('hex'), bytes };
}
