import type { FamilyType, Layout, Tlp } from '@genehound/contract';

/**
 * A pack: a signed file of genes and labels, without code. Bit by bit in docs/packs.md. Everything that reads one
 * throws PackError, with a sentence for people, for bytes that are not exactly what a writer of this version makes.
 */
export class PackError extends Error {}

/** "GHPACK1\n". */
export const PACK_MAGIC = Uint8Array.from(Buffer.from('GHPACK1\n', 'latin1'));

/** Kinds of frames: one byte, the length of the payload in four, the payload. */
export const FRAME = { header: 1, genes: 2, labels: 3, end: 4, signature: 255 } as const;

/** What a signature is made over, before the SHA-512 of all bytes in front of its frame. */
export const SIGNED_PREFIX = 'genehound pack 1\0';

export const LIMITS = Object.freeze({
  /** Bytes of a frame as stored. */
  frame: 16 * 2 ** 20,
  /** Bytes of a frame's content: more is no frame of ours but a bomb. */
  content: 32 * 2 ** 20,
  families: 200_000,
  /** Genes, and labels, of one frame. */
  entries: 65_536,
  /** Families of one gene; more are common (THRESHOLDS.familiesPerGene). */
  familiesPerGene: 64,
  /** Characters of a name. */
  name: 300,
  /** Characters of a licence or attribution. */
  text: 4_000,
});

export interface PackFamily {
  readonly name: string;
  readonly type: FamilyType;
}

/** Where the knowledge comes from and what may be done with it. */
export interface PackSource {
  readonly name: string;
  /** An SPDX expression or a sentence. */
  readonly licence: string;
  /** Traffic Light Protocol 2.0. */
  readonly tlp: Tlp;
  readonly attribution: string;
  /** RFC 3339, UTC: when the pack was made. */
  readonly date: string;
}

/** The words that this version knows; a pack with others is refused. */
export interface PackWords {
  readonly types: readonly FamilyType[];
  readonly tlps: readonly Tlp[];
}

export interface PackHeader {
  readonly scheme: number;
  /** Those whose genes are in it. */
  readonly instructionSets: readonly string[];
  readonly source: PackSource;
  /** Genes and labels name them by their place. */
  readonly families: readonly PackFamily[];
}

/** Sorted distinct genes; `set[i]` is a place in `sets`. */
export interface PackGenes {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
  readonly set: Uint32Array;
  /** Families of a set, ascending; none: the gene is common. */
  readonly sets: readonly (readonly number[])[];
}

/** This artifact belongs to that family. */
export interface PackLabel {
  /** 32 bytes. */
  readonly sha256: Uint8Array;
  readonly layout: Layout;
  /** A place in the header's families. */
  readonly family: number;
}

/** As a pack stores them, in this order. */
export const PACK_LAYOUTS: readonly Layout[] = ['file', 'mapped', 'raw'];

export interface PackTotals {
  readonly genes: number;
  readonly labels: number;
}
