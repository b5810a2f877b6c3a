import { createHash } from 'node:crypto';
import { AppError, type ReceiptDocument, receipts } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import type { Handlers } from '../../platform/http/api.ts';
import { appendAudit } from '../accounts/read.ts';
import { unpackDocument } from './parts-store.ts';
import * as store from './receipt-store.ts';
import type { ScanRef } from './store.ts';

const MISSING_NAMED = 100;

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/**
 * Signs what a scan that has just ended was made of, and puts the digest of that into the organisation's audit log,
 * whose chain says when. In the transaction that ends it: an end that is acknowledged has its receipt.
 */
export async function signReceipt(context: Context, tx: Tx, scan: ScanRef): Promise<void> {
  const received = await store.findReceived(tx, scan);
  const parts = await store.findParts(tx, scan);
  const missing = await store.findMissing(tx, scan);
  const document: ReceiptDocument = {
    format: 'genehound-receipt',
    version: 1,
    installation: context.installation,
    organisation: scan.organisation,
    scan: scan.id,
    receivedAt: received.endedAt.toISOString(),
    endReason: received.endReason,
    key: received.keyId,
    address: received.address,
    parts: {
      count: parts.length,
      bytes: parts.reduce((sum, { size }) => sum + size, 0),
      digest: sha256(receipts.partsText(parts)),
    },
    manifest: parts.find(({ message }) => message === 'manifest_info')?.sha256 ?? null,
    missing: { count: missing.length, first: missing.slice(0, MISSING_NAMED) },
  };
  const text = JSON.stringify(document);
  const signed = context.signer.sign(text);
  await store.insertReceipt(tx, scan, { document: text, ...signed });
  await appendAudit(tx, {
    organisation: scan.organisation,
    actor: 'installation',
    action: 'scan.receive',
    subject: scan.id,
    details: { receipt: sha256(text), key: signed.keyId },
  });
}

const keyResource = ({ keyId, publicKey, createdAt, retiredAt }: store.ReceiptKeyRow) => ({
  keyId,
  publicKey,
  createdAt: createdAt.toISOString(),
  retiredAt: retiredAt?.toISOString() ?? null,
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export function receiptHandlers(
  context: Context,
): Pick<Handlers, 'getScanReceipt' | 'getScanPart' | 'listReceiptKeys' | 'rotateReceiptKey'> {
  return {
    getScanReceipt: async ({ principal, params }) => {
      const scan = { organisation: principal.organisation, id: params.id };
      const receipt = await store.findReceipt(context.db, scan);
      if (receipt === null) throw new AppError('not_found', { what: 'A receipt of this scan' });
      return { ...receipt, parts: [...(await store.findParts(context.db, scan))] };
    },
    getScanPart: async ({ principal, params }) => {
      const scan = { organisation: principal.organisation, id: params.id };
      const body = await store.findPartBody(context.db, scan, params.sha256);
      if (body === null) throw new AppError('not_found', { what: 'This part of the scan' });
      return once(await unpackDocument(body));
    },
    listReceiptKeys: async () => ({ items: (await store.findKeys(context.db)).map(keyResource) }),
    rotateReceiptKey: async ({ principal }) => {
      if (!principal.roles.includes('operator')) throw new AppError('forbidden');
      await context.signer.rotate();
      const { keyId } = context.signer;
      await inTransaction(context.db, async (tx) => {
        const { organisation, actor } = principal;
        await appendAudit(tx, { organisation, actor, action: 'receipt-key.rotate', subject: keyId });
      });
      const fresh = (await store.findKeys(context.db)).find((key) => key.keyId === keyId);
      if (fresh === undefined) throw new Error('The key that was just made is not there');
      return keyResource(fresh);
    },
  };
}
