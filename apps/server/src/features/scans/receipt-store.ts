import type { Receipt, ReceiptPart } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest, type Tx } from '../../platform/database.ts';
import type { ScanRef } from './store.ts';

export interface ReceivedScan {
  readonly endedAt: Date;
  readonly endReason: string | null;
  readonly keyId: string | null;
  readonly address: string | null;
}

export async function findReceived(tx: Tx, scan: ScanRef): Promise<ReceivedScan> {
  const row = await tx
    .selectFrom('scan')
    .select(['ended_at as endedAt', 'end_reason as endReason', 'key_id as keyId', 'source_address as address'])
    .where('organisation', '=', scan.organisation)
    .where('id', '=', scan.id)
    .executeTakeFirstOrThrow();
  if (row.endedAt === null) throw new Error(`The scan ${scan.id} has not ended`);
  return { ...row, endedAt: row.endedAt };
}

export async function findParts(db: Database | Tx, scan: ScanRef): Promise<readonly ReceiptPart[]> {
  const { rows } = await sql<ReceiptPart>`
    select p.message, p.part, encode(p.content, 'hex') as sha256, c.size
    from scan_part p join content c on c.organisation = p.organisation and c.sha256 = p.content
    where p.organisation = ${scan.organisation} and p.scan_id = ${scan.id}
    order by p.message collate "C", p.part`.execute(db);
  return rows;
}

/** `layout sha256` of what was asked for and is not there, in order. */
export async function findMissing(tx: Tx, scan: ScanRef): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select s.layout || ' ' || encode(s.sha256, 'hex') as name from scan_artifact s
    where s.organisation = ${scan.organisation} and s.scan_id = ${scan.id} and s.wanted and not exists (
      select from artifact a where a.organisation = s.organisation and a.sha256 = s.sha256 and a.stored
        and (a.layout = s.layout or (a.layout <> 'file' and s.layout <> 'file')))
    order by 1`.execute(tx);
  return rows.map(({ name }) => name);
}

export async function insertReceipt(tx: Tx, scan: ScanRef, receipt: Receipt): Promise<void> {
  await tx
    .insertInto('scan_receipt')
    .values({
      organisation: scan.organisation,
      scan_id: scan.id,
      document: receipt.document,
      key_id: digest(receipt.keyId),
      signature: Buffer.from(receipt.signature, 'hex'),
    })
    .execute();
}

export async function findReceipt(db: Database, scan: ScanRef): Promise<Receipt | null> {
  const row = await db
    .selectFrom('scan_receipt')
    .innerJoin('receipt_key', 'receipt_key.id', 'scan_receipt.key_id')
    .select(['scan_receipt.document', 'scan_receipt.signature', 'receipt_key.id', 'receipt_key.public_key'])
    .where('organisation', '=', scan.organisation)
    .where('scan_id', '=', scan.id)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    document: row.document,
    keyId: row.id.toString('hex'),
    publicKey: row.public_key.toString('hex'),
    signature: row.signature.toString('hex'),
  };
}

/** The packed body of a part of this scan, or null. */
export async function findPartBody(db: Database, scan: ScanRef, sha256: string): Promise<Buffer | null> {
  const row = await db
    .selectFrom('scan_part')
    .innerJoin('content', (join) =>
      join
        .onRef('content.organisation', '=', 'scan_part.organisation')
        .onRef('content.sha256', '=', 'scan_part.content'),
    )
    .select('content.body')
    .where('scan_part.organisation', '=', scan.organisation)
    .where('scan_part.scan_id', '=', scan.id)
    .where('scan_part.content', '=', digest(sha256))
    .limit(1)
    .executeTakeFirst();
  return row?.body ?? null;
}

export interface ReceiptKeyRow {
  readonly keyId: string;
  readonly publicKey: string;
  readonly createdAt: Date;
  readonly retiredAt: Date | null;
}

export async function findKeys(db: Database): Promise<readonly ReceiptKeyRow[]> {
  const rows = await db.selectFrom('receipt_key').selectAll().orderBy('created_at').execute();
  return rows.map((row) => ({
    keyId: row.id.toString('hex'),
    publicKey: row.public_key.toString('hex'),
    createdAt: row.created_at,
    retiredAt: row.retired_at,
  }));
}
