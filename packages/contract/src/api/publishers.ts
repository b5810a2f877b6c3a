import { z } from 'zod';
import { sha256Text } from '../scan/common.ts';
import { SCOPES } from '../vocabulary.ts';
import { id, time } from './resources.ts';

/** Whose signatures on programs of Windows an organisation trusts, and the catalogs that extend them to other files. */

const reason = z.string().min(1).max(1_000);
const removed = z.object({ at: time, by: z.string(), reason: z.string().nullable() }).nullable();

export const publisher = z.object({
  id,
  /** Of the signer's certificate, exactly: `CN=…`, or `CN=…, O=…`. */
  subject: z.string(),
  certificates: z.array(
    z.object({
      /** Fingerprint. */
      sha256: sha256Text,
      subject: z.string().nullable(),
      notAfter: time,
      /** False: it is the signer's own. */
      isAuthority: z.boolean(),
    }),
  ),
  reason: z.string(),
  createdAt: time,
  createdBy: z.string(),
  removed,
  /** Files of the organisation that bear its signature, not counting catalogs. */
  files: z.int(),
});
export const publisherList = z.object({ items: z.array(publisher) });
export const newPublisher = z.object({
  subject: z.string().min(4).max(1_200),
  /** Roots, authorities below them, or the signer's own; PEM, or DER in base64. One of them must stand above the signer. */
  certificates: z.array(z.string().min(1).max(20_000)).min(1).max(8),
  reason,
});
export const seenSigner = z.object({
  subject: z.string().nullable(),
  /** Files of the organisation that bear its signature, catalogs that do. */
  files: z.int(),
  catalogs: z.int(),
  /** True where a publisher that is trusted vouches for at least one of its certificates. */
  trusted: z.boolean(),
  /** True where a publisher has that name, whose certificates do not stand above any of its own. */
  otherChain: z.boolean(),
});
export const seenSigners = z.object({ items: z.array(seenSigner) });

export const catalogQuery = z.object({
  scope: z.enum(SCOPES).default('organisation'),
  name: z.string().min(1).max(300),
  reason,
});
export const catalog = z.object({
  id,
  scope: z.enum(SCOPES),
  sha256: sha256Text,
  name: z.string(),
  subject: z.string().nullable(),
  members: z.int(),
  /** Members that only SHA-1 names: nothing follows from those. */
  weakMembers: z.int(),
  reason: z.string(),
  createdAt: time,
  createdBy: z.string(),
  removed,
});
/** `known`: this very catalog was there already. */
export const addedCatalog = z.object({ catalog, known: z.boolean() });
export const catalogList = z.object({ items: z.array(catalog), nextCursor: z.string().nullable() });
export const catalogPage = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.uuid().optional(),
});
