import { z } from 'zod';
import { SCOPES, SOURCE_KINDS, TLPS } from '../vocabulary.ts';
import { id, time } from './resources.ts';

/** Sources of knowledge, packs, and whose packs are taken. */

/** An Ed25519 public key: 32 bytes, hexadecimal. */
export const publicKey = z.string().regex(/^[0-9a-f]{64}$/);

export const source = z.object({
  id,
  scope: z.enum(SCOPES),
  kind: z.enum(SOURCE_KINDS),
  name: z.string(),
  licence: z.string(),
  tlp: z.enum(TLPS),
  attribution: z.string(),
  /** When the knowledge was put together, as its source says. */
  date: time.nullable(),
  /** Of a pack: who signed it, and the SHA-256 of its file. */
  signer: publicKey.nullable(),
  sha256: z.string().nullable(),
  genes: z.int(),
  labels: z.int(),
  /** Files that a hash list knows. */
  files: z.int(),
  createdAt: time,
  createdBy: z.string(),
  revoked: z.object({ at: time, by: z.string(), reason: z.string().nullable() }).nullable(),
});
export const sourceList = z.object({ items: z.array(source) });

export const packQuery = z.object({ scope: z.enum(SCOPES).default('organisation') });

/** `known`: this very pack was imported before and still speaks. */
export const importedPack = z.object({ source, known: z.boolean() });

const text = z.string().max(4_000);
export const exportQuery = z.object({
  scope: z.enum(SCOPES).default('organisation'),
  /** Only this family; else all of the scope. */
  family: z.string().min(1).max(200).optional(),
  /** Only labels of this source. */
  source: z.string().min(1).max(300).optional(),
  name: z.string().min(1).max(300),
  licence: text.min(1),
  tlp: z.enum(TLPS),
  attribution: text.default(''),
});

export const signer = z.object({
  publicKey,
  name: z.string(),
  scope: z.enum(SCOPES),
  createdAt: time,
  createdBy: z.string(),
});
export const signerList = z.object({ items: z.array(signer) });
export const newSigner = z.object({
  publicKey,
  name: z.string().min(1).max(200),
  scope: z.enum(SCOPES).default('organisation'),
});
export const signerParams = z.object({ publicKey });
