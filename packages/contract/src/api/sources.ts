import { z } from 'zod';
import { sha256Text } from '../scan/common.ts';
import { SCOPES, TLPS } from '../vocabulary.ts';
import { id } from './resources.ts';

/** Making sources of knowledge, and the files that hash lists know. */

const word = z.string().max(300);

/** A source that labels or hashes are imported under; again with the same words it is the one that is there. */
export const newSource = z.object({
  kind: z.enum(['import', 'hashes']),
  name: z.string().min(1).max(300),
  licence: z.string().min(1).max(4_000),
  tlp: z.enum(TLPS),
  attribution: z.string().max(4_000).default(''),
  /** When the knowledge was put together. */
  date: z.iso.datetime().optional(),
  scope: z.enum(SCOPES).default('organisation'),
});

export const knownFile = z.object({
  sha256: sha256Text,
  product: z.string().min(1).max(300),
  version: word.default(''),
  manufacturer: word.default(''),
  /** A tool of administrators or attackers: the file becomes a sample of such a family, by its hash. */
  tool: z.boolean().default(false),
});
export const newKnownFiles = z.object({ items: z.array(knownFile).min(1).max(5_000) });
/** `known`: this source knew them already. */
export const addedKnownFiles = z.object({ added: z.int(), known: z.int() });
export const sourceParams = z.object({ id });
