import { z } from 'zod';

/** What goes between the server and the child that verifies signatures, as JSON behind one byte that says what is asked. */
export const ASK = { file: 1, catalog: 2, anchor: 3 } as const;

/** Bytes of a question: the largest artifact, and more than any catalog. */
export const QUESTION_LIMIT = 2 ** 28;
/** Bytes of an answer: half a million members of a catalog. */
export const ANSWER_LIMIT = 2 ** 26;
/** Bytes of a catalog. */
export const LARGEST_CATALOG = 2 ** 26;

/** Milliseconds since 1970: the year 2096. */
export const LATEST_TIME = 4e12;

/** A certificate of at most 8 KiB, base64. */
const certificate = z.base64().max(11_000);
const chain = z.array(certificate).max(8);

const signatureAnswer = z.object({
  /** Who signed: `CN=…, O=…`. */
  subject: z.string().max(1_200).nullable(),
  chain: chain.min(1),
  stamp: z.object({ time: z.number().min(0).max(LATEST_TIME), chain: chain.min(1) }).nullable(),
});
export type SignatureAnswer = z.infer<typeof signatureAnswer>;

const hexDigest = z.string().regex(/^[0-9a-f]{64}$/);

export const fileAnswer = z.object({
  /** SHA-256 by which catalogs name it; null where it is no PE file, or bytes of it are covered by nothing. */
  digest: hexDigest.nullable(),
  signatures: z.array(signatureAnswer).max(8),
  /** Why signatures that it has do not count. */
  problems: z.array(z.string().max(300)).max(40),
});
export type FileAnswer = z.infer<typeof fileAnswer>;

export const catalogAnswer = z.object({
  problem: z.string().max(300).nullable(),
  signatures: z.array(signatureAnswer).max(8),
  members: z.array(hexDigest).max(500_000),
  /** Members that only a weaker digest names. */
  weak: z.int().min(0),
});
export type CatalogAnswer = z.infer<typeof catalogAnswer>;

export interface AnchorQuestion {
  readonly anchors: readonly string[];
  readonly signatures: readonly { readonly chain: readonly string[]; readonly stampChain: readonly string[] }[];
}

/** Milliseconds since 1970, both included. */
const span = z.object({ from: z.number(), until: z.number() }).nullable();
export const anchored = z.array(z.object({ valid: span, stamp: span }));
export type Anchored = z.infer<typeof anchored>;
