import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import {
  FRAME,
  PACK_MAGIC,
  PackError,
  type PackGenes,
  type PackHeader,
  type PackLabel,
  SIGNED_PREFIX,
} from './pack-format.ts';
import { encodeGenes, encodeLabels, encodeTotals } from './pack-frames.ts';
import { encodeHeader } from './pack-header.ts';

function frame(kind: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(kind, 0);
  head.writeUInt32LE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

/**
 * The frames of a pack, in order: what each call gives is to be written behind what was given before. The genes of
 * all frames are sorted and distinct; labels come behind them; `finish` gives the end, unsigned: a signer appends.
 */
export class PackWriter {
  readonly #scheme: number;
  #genes = 0;
  #labels = 0;
  #last: readonly [number, number] = [0, 0];

  constructor(scheme: number) {
    this.#scheme = scheme;
  }

  start(header: PackHeader): Buffer {
    return Buffer.concat([PACK_MAGIC, frame(FRAME.header, encodeHeader(header))]);
  }

  genes(genes: PackGenes): Buffer {
    const count = genes.high.length;
    const [high, low] = [genes.high[0] ?? 0, genes.low[0] ?? 0];
    if (high < this.#last[0] || (high === this.#last[0] && low <= this.#last[1]))
      throw new RangeError('Genes of a pack come sorted');
    this.#last = [genes.high[count - 1] ?? 0, genes.low[count - 1] ?? 0];
    this.#genes += count;
    return frame(FRAME.genes, encodeGenes(genes, this.#scheme));
  }

  labels(labels: readonly PackLabel[]): Buffer {
    this.#labels += labels.length;
    return frame(FRAME.labels, encodeLabels(labels));
  }

  finish(): Buffer {
    return frame(FRAME.end, encodeTotals({ genes: this.#genes, labels: this.#labels }));
  }
}

/** The 32 raw bytes of an Ed25519 key's public half. Throws PackError for another key. */
export function rawPublicKey(key: KeyObject): Buffer {
  const { x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  if (key.asymmetricKeyType !== 'ed25519' || typeof x !== 'string') throw new PackError('The key is no Ed25519 key');
  return Buffer.from(x, 'base64url');
}

/** Signs an unsigned pack that passes through it. */
export class PackSigner {
  readonly #key: KeyObject;
  readonly #hash = createHash('sha512');

  /** `key`: an Ed25519 private key. Throws PackError for another. */
  constructor(key: KeyObject) {
    if (key.asymmetricKeyType !== 'ed25519' || key.type !== 'private')
      throw new PackError('The key is no Ed25519 private key');
    this.#key = key;
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** The last frame: the public key and the signature over all that passed. */
  finish(): Buffer {
    const message = Buffer.concat([Buffer.from(SIGNED_PREFIX, 'latin1'), this.#hash.digest()]);
    return frame(FRAME.signature, Buffer.concat([rawPublicKey(this.#key), sign(null, message, this.#key)]));
  }
}
