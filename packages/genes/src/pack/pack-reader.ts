import { createHash, createPublicKey, verify } from 'node:crypto';
import {
  FRAME,
  LIMITS,
  PACK_MAGIC,
  PackError,
  type PackGenes,
  type PackHeader,
  type PackLabel,
  type PackTotals,
  type PackWords,
  SIGNED_PREFIX,
} from './pack-format.ts';
import { decodeGenes, decodeLabels, decodeTotals } from './pack-frames.ts';
import { decodeHeader } from './pack-header.ts';

export type PackEvent =
  | { readonly kind: 'header'; readonly header: PackHeader }
  | { readonly kind: 'genes'; readonly genes: PackGenes }
  | { readonly kind: 'labels'; readonly labels: readonly PackLabel[] }
  /** Every byte before was signed by this key (32 bytes, hex). Whether it is trusted, the caller says. */
  | { readonly kind: 'signed'; readonly publicKey: string; readonly totals: PackTotals };

const FRAME_HEAD = 5;

function isSignedBy(publicKey: Buffer, signature: Buffer, digest: Buffer): boolean {
  try {
    const key = createPublicKey({
      key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') },
      format: 'jwk',
    });
    return verify(null, Buffer.concat([Buffer.from(SIGNED_PREFIX, 'latin1'), digest]), key, signature);
  } catch {
    // Bytes that are no point of the curve are no key, so that nothing is signed by it.
    return false;
  }
}

/**
 * Reads a pack that comes in pieces of any size, with one frame in memory at a time. Whoever acts on genes before
 * `signed` must be able to take it back. Throws PackError.
 */
export class PackReader {
  readonly #words: PackWords;
  readonly #hash = createHash('sha512');
  #pieces: Buffer[] = [];
  #held = 0;
  #started = false;
  #header: PackHeader | null = null;
  #totals: PackTotals | null = null;
  #signed = false;
  #genes = 0;
  #labels = 0;
  #last: readonly [number, number] = [0, 0];

  constructor(words: PackWords) {
    this.#words = words;
  }

  /** What became whole with these bytes. */
  *push(bytes: Uint8Array): Generator<PackEvent> {
    this.#pieces.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    this.#held += bytes.length;
    if (!this.#started) {
      const magic = this.#take(PACK_MAGIC.length);
      if (magic === null) return;
      if (!magic.equals(PACK_MAGIC)) throw new PackError('This is no pack of Genehound');
      this.#hash.update(magic);
      this.#started = true;
    }
    for (let frame = this.#frame(); frame !== null; frame = this.#frame()) {
      const event = this.#read(frame.kind, frame.payload);
      if (event !== null) yield event;
    }
  }

  /** There is no more. Throws PackError where the pack is not whole. */
  end(): void {
    if (!this.#signed || this.#held > 0) throw new PackError('The pack is cut off: its signature is missing');
  }

  /** `count` bytes from the front, null where they are not there yet. */
  #take(count: number): Buffer | null {
    if (this.#held < count) return null;
    const whole = this.#pieces.length === 1 ? (this.#pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#pieces);
    const rest = whole.subarray(count);
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
    return whole.subarray(0, count);
  }

  #peek(count: number): Buffer | null {
    if (this.#held < count) return null;
    if ((this.#pieces[0]?.length ?? 0) < count) this.#pieces = [Buffer.concat(this.#pieces)];
    return (this.#pieces[0] ?? Buffer.alloc(0)).subarray(0, count);
  }

  #frame(): { readonly kind: number; readonly payload: Buffer } | null {
    if (this.#signed && this.#held > 0) throw new PackError('There is something behind the signature');
    const head = this.#peek(FRAME_HEAD);
    if (head === null) return null;
    const length = head.readUInt32LE(1);
    if (length > LIMITS.frame) throw new PackError(`A frame says that it has ${length} bytes`);
    const whole = this.#take(FRAME_HEAD + length);
    if (whole === null) return null;
    const kind = whole.readUInt8(0);
    if (kind !== FRAME.signature) this.#hash.update(whole);
    return { kind, payload: whole.subarray(FRAME_HEAD) };
  }

  #read(kind: number, payload: Buffer): PackEvent | null {
    const header = this.#header;
    if (header === null) {
      if (kind !== FRAME.header) throw new PackError('The pack does not begin with its header');
      this.#header = decodeHeader(payload, this.#words);
      return { kind: 'header', header: this.#header };
    }
    if (this.#totals !== null && kind !== FRAME.signature) throw new PackError('Only a signature may follow the end');
    switch (kind) {
      case FRAME.genes:
        return { kind: 'genes', genes: this.#sorted(decodeGenes(payload, header.scheme, header.families.length)) };
      case FRAME.labels: {
        const labels = decodeLabels(payload, header.families.length);
        this.#labels += labels.length;
        return { kind: 'labels', labels };
      }
      case FRAME.end:
        this.#totals = decodeTotals(payload);
        if (this.#totals.genes !== this.#genes || this.#totals.labels !== this.#labels)
          throw new PackError('The pack has not as much as its end says');
        return null;
      case FRAME.signature:
        return this.#signature(payload);
      default:
        throw new PackError(`A frame is of the unknown kind ${kind}`);
    }
  }

  #sorted(genes: PackGenes): PackGenes {
    const [high, low] = [genes.high[0] ?? 0, genes.low[0] ?? 0];
    if (this.#labels > 0) throw new PackError('Genes come behind labels');
    if (high < this.#last[0] || (high === this.#last[0] && low <= this.#last[1]))
      throw new PackError('The genes are not sorted');
    const last = genes.high.length - 1;
    this.#last = [genes.high[last] ?? 0, genes.low[last] ?? 0];
    this.#genes += genes.high.length;
    return genes;
  }

  #signature(payload: Buffer): PackEvent {
    if (this.#totals === null) throw new PackError('The signature comes before the end');
    if (payload.length !== 96) throw new PackError('The signature is damaged');
    const publicKey = payload.subarray(0, 32);
    if (!isSignedBy(publicKey, payload.subarray(32), this.#hash.digest()))
      throw new PackError('The signature does not fit: the pack was changed after it was signed');
    this.#signed = true;
    return { kind: 'signed', publicKey: publicKey.toString('hex'), totals: this.#totals };
  }
}
