import { createHash } from 'node:crypto';
import { type ReceiptDocument, type ReceiptPart, receipts } from '@genehound/contract';
import { z } from 'zod';
import { verifySigned } from './verify-signed.ts';

/**
 * A scan as the server received it, provable without the server: one JSON object a line, first the signed receipt,
 * then each message with its body.
 */
export const SCAN_EVIDENCE = 'genehound-scan-evidence';

const scanEvidenceHead = z.object({
  format: z.literal(SCAN_EVIDENCE),
  version: z.literal(1),
  receipt: receipts.receipt,
});
const evidencePart = receipts.receiptPart.extend({ body: z.base64() });

export interface ProvedScan {
  readonly document: ReceiptDocument;
  /** SHA-256 of the receipt's text: what the audit log holds. */
  readonly receipt: string;
  readonly publicKey: string;
}

const digestOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`Line ${number} is not JSON`);
  }
}

function checkPart(line: string, number: number): ReceiptPart {
  const found = evidencePart.safeParse(parsed(line, number));
  if (!found.success) throw new Error(`Line ${number} is no message of a scan`);
  const { body, ...part } = found.data;
  const bytes = Buffer.from(body, 'base64');
  if (bytes.length !== part.size || digestOf(bytes) !== part.sha256)
    throw new Error(`The message ${part.message} ${part.part} is not what the scanner sent`);
  return part;
}

/**
 * Proves such a file line by line. Throws an Error that says what does not fit: a signature, a message that was changed,
 * left out or put in.
 */
export async function verifyScanEvidence(
  lines: AsyncIterable<string>,
  expectedKey: string | undefined,
): Promise<ProvedScan> {
  let head: z.infer<typeof scanEvidenceHead> | null = null;
  const parts: ReceiptPart[] = [];
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (head === null) {
      const found = scanEvidenceHead.safeParse(parsed(line, number));
      if (!found.success) throw new Error('The first line is no receipt of a scan');
      head = found.data;
    } else parts.push(checkPart(line, number));
  }
  if (head === null) throw new Error('The file is empty');
  const { receipt } = head;
  verifySigned(Buffer.from(receipt.document, 'utf8'), receipt, expectedKey);
  const document = receipts.receiptDocument.safeParse(parsed(receipt.document, 1));
  if (!document.success) throw new Error('The receipt is of a form that this program does not know');
  if (digestOf(receipts.partsText(parts)) !== document.data.parts.digest)
    throw new Error(
      `The messages are not those of the receipt, which has ${document.data.parts.count}; here are ${parts.length}`,
    );
  return { document: document.data, receipt: digestOf(receipt.document), publicKey: receipt.publicKey };
}
