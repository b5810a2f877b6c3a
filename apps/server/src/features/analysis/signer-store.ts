import { createHash } from 'node:crypto';
import { GLOBAL_ORGANISATION } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest, type Tx, text } from '../../platform/database.ts';
import type { Anchored, SignatureAnswer } from './extraction/authenticode/messages.ts';

/** Rows of signers, of what they signed, and of which publishers they stand below. */

const decoded = (chain: readonly string[]): Buffer[] => chain.map((one) => Buffer.from(one, 'base64'));

function signerId({ chain, stamp }: SignatureAnswer): Buffer {
  const hash = createHash('sha256');
  for (const part of [decoded(chain), decoded(stamp?.chain ?? [])]) {
    hash.update(`${part.length} `);
    for (const der of part) hash.update(createHash('sha256').update(der).digest());
  }
  return hash.digest();
}

/**
 * Keeps who signed. It waits for a publisher that is being added, and one that is added later waits for it: none of both
 * misses the other.
 */
export async function putSigners(tx: Tx, organisation: string, signatures: readonly SignatureAnswer[]): Promise<void> {
  if (signatures.length === 0) return;
  for (const signature of signatures) {
    const { chain, stamp, subject } = signature;
    await sql`insert into signer (organisation, id, subject, chain, stamp_chain)
      values (${organisation}, ${signerId(signature)}, ${subject === null ? null : text(subject)},
        ${decoded(chain)}::bytea[], ${decoded(stamp?.chain ?? [])}::bytea[])
      on conflict do nothing`.execute(tx);
  }
  await sql`insert into generation (organisation) values (${organisation}) on conflict do nothing`.execute(tx);
  await sql`select from generation where organisation = ${organisation} for share`.execute(tx);
}

async function putSignatures(
  tx: Tx,
  organisation: string,
  signed: { readonly sha256: string } | { readonly catalog: string },
  signatures: readonly SignatureAnswer[],
): Promise<void> {
  for (const signature of signatures) {
    const { stamp } = signature;
    await sql`insert into code_signature (organisation, sha256, catalog_id, signer, stamped_at)
      values (${organisation}, ${'sha256' in signed ? digest(signed.sha256) : null},
        ${'catalog' in signed ? signed.catalog : null}, ${signerId(signature)},
        ${stamp === null ? null : new Date(stamp.time)})`.execute(tx);
  }
}

/** True where the signatures of the file were looked at. */
export async function isExamined(db: Database, organisation: string, sha256: string): Promise<boolean> {
  const row = await db
    .selectFrom('authenticode')
    .select('sha256')
    .where('organisation', '=', organisation)
    .where('sha256', '=', digest(sha256))
    .executeTakeFirst();
  return row !== undefined;
}

export interface FileExamination {
  readonly organisation: string;
  readonly sha256: string;
  readonly digest: string | null;
  readonly problems: readonly string[];
  readonly signatures: readonly SignatureAnswer[];
}

/** Keeps what was found in a file. What is there already stays. */
export async function putExamination(tx: Tx, found: FileExamination): Promise<void> {
  const { organisation, sha256, signatures } = found;
  const problems = [...new Set(found.problems)].slice(0, 10).map(text);
  const { numAffectedRows = 0n } = await sql`
    insert into authenticode (organisation, sha256, digest, problems)
    values (${organisation}, ${digest(sha256)}, ${found.digest === null ? null : digest(found.digest)}, ${problems}::text[])
    on conflict do nothing`.execute(tx);
  if (numAffectedRows === 0n) return;
  await putSigners(tx, organisation, signatures);
  await putSignatures(tx, organisation, { sha256 }, signatures);
}

/** True where a publisher of any organisation vouches for one of these signers of the scope. */
export async function hasVoucher(tx: Tx, scope: string, signatures: readonly SignatureAnswer[]): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`select exists (select from publisher_signer r
    join publisher p on p.organisation = r.organisation and p.id = r.publisher_id and p.removed_at is null
    where r.scope = ${scope} and r.signer = any(${signatures.map(signerId)}::bytea[]) and r.valid_from is not null) as has`.execute(
    tx,
  );
  return rows[0]?.has ?? false;
}

export interface NewCatalog {
  readonly organisation: string;
  readonly id: string;
  readonly sha256: string;
  readonly name: string;
  readonly members: readonly string[];
  readonly weak: number;
  readonly signatures: readonly SignatureAnswer[];
  readonly reason: string;
  readonly actor: string;
  readonly generation: number;
}

const MEMBERS_PER_INSERT = 20_000;

export async function insertCatalog(tx: Tx, catalog: NewCatalog): Promise<void> {
  const { organisation, id, members } = catalog;
  await sql`insert into catalog (organisation, id, sha256, name, members, weak_members, reason, created_by, generation)
    values (${organisation}, ${id}, ${digest(catalog.sha256)}, ${text(catalog.name)}, ${members.length}, ${catalog.weak},
      ${text(catalog.reason)}, ${text(catalog.actor)}, ${catalog.generation})`.execute(tx);
  for (let from = 0; from < members.length; from += MEMBERS_PER_INSERT) {
    const part = members.slice(from, from + MEMBERS_PER_INSERT).map(digest);
    await sql`insert into catalog_member (organisation, catalog_id, digest)
      select ${organisation}, ${id}, digest from unnest(${part}::bytea[]) as row (digest) on conflict do nothing`.execute(
      tx,
    );
  }
  await putSigners(tx, organisation, catalog.signatures);
  await putSignatures(tx, organisation, { catalog: id }, catalog.signatures);
}

export interface OpenPair {
  readonly organisation: string;
  readonly publisher: string;
  readonly certificates: readonly Buffer[];
  readonly scope: string;
  readonly signer: Buffer;
  readonly chain: readonly Buffer[];
  readonly stampChain: readonly Buffer[];
}

/** Publishers and signers of one name of which it is not known yet whether the one vouches for the other. */
export async function openPairs(
  db: Database | Tx,
  subjects: readonly string[],
  limit: number,
): Promise<readonly OpenPair[]> {
  const { rows } = await sql<OpenPair>`
    select p.organisation, p.id as publisher, p.certificates, s.organisation as scope, s.id as signer, s.chain,
      s.stamp_chain as "stampChain"
    from publisher p
    join signer s on s.subject = p.subject and s.organisation in (p.organisation, ${GLOBAL_ORGANISATION})
    where p.subject = any(${subjects.map(text)}::text[]) and p.removed_at is null
      and not exists (select from publisher_signer r where r.organisation = p.organisation and r.publisher_id = p.id
        and r.scope = s.organisation and r.signer = s.id)
    order by p.organisation, p.id limit ${limit}`.execute(db);
  return rows;
}

export async function putPair(tx: Tx, pair: OpenPair, { valid, stamp }: Anchored[number]): Promise<void> {
  const at = (time: number | undefined): Date | null => (time === undefined ? null : new Date(time));
  await sql`insert into publisher_signer (organisation, publisher_id, scope, signer, valid_from, valid_until, stamp_from,
      stamp_until)
    select ${pair.organisation}, ${pair.publisher}, ${pair.scope}, ${pair.signer}, ${at(valid?.from)}::timestamptz,
      ${at(valid?.until)}::timestamptz, ${at(stamp?.from)}::timestamptz, ${at(stamp?.until)}::timestamptz
    where exists (select from publisher where organisation = ${pair.organisation} and id = ${pair.publisher})
    on conflict do nothing`.execute(tx);
}
