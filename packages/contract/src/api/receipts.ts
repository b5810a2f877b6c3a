import { z } from 'zod';
import { sha256Text } from '../scan/common.ts';

/** What the server signs when a scan ends: what it was given, so that nobody can say otherwise later. */

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

/** Ed25519 over the UTF-8 bytes of what is signed. `keyId` is the SHA-256 of the 32 bytes of the public key. */
export const signed = z.object({ keyId: hex(32), publicKey: hex(32), signature: hex(64) });
export type Signed = z.infer<typeof signed>;

export const receiptPart = z.object({
  /** A message of the scan protocol, and its number among those of the same kind (a pid where it is about one). */
  message: z.string().max(64),
  part: z.int().nonnegative(),
  /** Of the message's body as it came, before any compression. */
  sha256: sha256Text,
  size: z.int().nonnegative(),
});
export type ReceiptPart = z.infer<typeof receiptPart>;

/** The document that is signed, as JSON text. */
export const receiptDocument = z.object({
  format: z.literal('genehound-receipt'),
  version: z.literal(1),
  installation: z.uuid(),
  organisation: z.uuid(),
  scan: z.uuid(),
  /** The server's clock, RFC 3339. */
  receivedAt: z.string(),
  /** As the scanner said it; null where the scan fell silent and was ended by the server. */
  endReason: z.string().nullable(),
  /** Of the key that delivered it; null for a user or a program of the server's machine. */
  key: z.uuid().nullable(),
  /** Where it came from as the server saw it. */
  address: z.string().nullable(),
  /** digest: of partsText. The messages name the SHA-256 of every file and piece of memory that was taken. */
  parts: z.object({ count: z.int(), bytes: z.int(), digest: hex(32) }),
  /** SHA-256 of the scanner's own account of what it sent, where it sends one. */
  manifest: hex(32).nullable(),
  /** Artifacts whose bytes were asked for and had not come: how many, and the first hundred. */
  missing: z.object({ count: z.int(), first: z.array(z.string()) }),
});
export type ReceiptDocument = z.infer<typeof receiptDocument>;

export const receipt = signed.extend({
  /** JSON text of a receiptDocument: the exact text that is signed. */
  document: z.string().max(65_536),
});
export type Receipt = z.infer<typeof receipt>;

export const scanReceipt = receipt.extend({ parts: z.array(receiptPart) });
export type ScanReceipt = z.infer<typeof scanReceipt>;

export const receiptKey = z.object({
  keyId: hex(32),
  publicKey: hex(32),
  createdAt: z.iso.datetime(),
  /** From then on another key signs; what this one signed stays valid. */
  retiredAt: z.iso.datetime().nullable(),
});
export const receiptKeyList = z.object({ items: z.array(receiptKey) });

/** One line a part, tabs between, in order of message and number: what `parts.digest` is the SHA-256 of. */
export function partsText(parts: readonly ReceiptPart[]): string {
  const key = ({ message, part }: ReceiptPart): string => `${message}\t${String(part).padStart(20, '0')}`;
  return parts
    .toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
    .map(({ message, part, sha256, size }) => `${message}\t${part}\t${sha256}\t${size}\n`)
    .join('');
}
