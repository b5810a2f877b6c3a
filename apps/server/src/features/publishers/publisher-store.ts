import { GLOBAL_ORGANISATION } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest, type Tx, text } from '../../platform/database.ts';

/** Rows of publishers and catalogs. */

export interface Removal {
  readonly removedAt: Date | null;
  readonly removedBy: string | null;
  readonly removalReason: string | null;
}

export interface PublisherRow extends Removal {
  readonly id: string;
  readonly subject: string;
  readonly certificates: readonly Buffer[];
  readonly reason: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly files: number;
}

const MOST_LISTED = 500;

const REMOVAL = sql`removed_at as "removedAt", removed_by as "removedBy", removal_reason as "removalReason"`;

/** Those that are trusted first. `id`: only this one. */
export async function publishersOf(
  db: Database | Tx,
  organisation: string,
  id: string | null,
): Promise<readonly PublisherRow[]> {
  const { rows } = await sql<PublisherRow>`
    select id, subject, certificates, reason, created_at as "createdAt", created_by as "createdBy", ${REMOVAL},
      (select count(distinct x.sha256)::int from publisher_signer r
        join code_signature x on x.organisation = r.scope and x.signer = r.signer and x.sha256 is not null
        where r.organisation = p.organisation and r.publisher_id = p.id and r.scope = p.organisation
          and r.valid_from is not null) as files
    from publisher p
    where organisation = ${organisation} and generation is not null and (${id}::uuid is null or id = ${id}::uuid)
    order by removed_at is not null, id desc limit ${MOST_LISTED}`.execute(db);
  return rows;
}

export interface NewPublisher {
  readonly organisation: string;
  readonly id: string;
  readonly subject: string;
  readonly certificates: readonly Uint8Array[];
  readonly reason: string;
  readonly actor: string;
}

/** A publisher that does not speak yet. */
export async function draftPublisher(tx: Tx, publisher: NewPublisher): Promise<void> {
  const { organisation, id, subject, certificates, reason, actor } = publisher;
  await sql`insert into publisher (organisation, id, subject, certificates, reason, created_by)
    values (${organisation}, ${id}, ${text(subject)}, ${certificates.map((der) => Buffer.from(der))}::bytea[],
      ${text(reason)}, ${text(actor)})`.execute(tx);
}

export async function standingPublishers(tx: Tx, organisation: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from publisher
    where organisation = ${organisation} and removed_at is null`.execute(tx);
  return rows[0]?.count ?? 0;
}

export async function letSpeak(tx: Tx, organisation: string, id: string, generation: number): Promise<void> {
  await sql`update publisher set generation = ${generation} where organisation = ${organisation} and id = ${id}`.execute(
    tx,
  );
}

/** What a killed server was about to add and nobody was told of. */
export async function dropDrafts(db: Database): Promise<void> {
  await sql`delete from publisher where generation is null`.execute(db);
}

/** Drops one that was not to be. */
export async function dropDraft(db: Database, organisation: string, id: string): Promise<void> {
  await sql`delete from publisher where organisation = ${organisation} and id = ${id} and generation is null`.execute(
    db,
  );
}

export interface RemovalOrder {
  readonly organisation: string;
  readonly id: string;
  readonly actor: string;
  readonly reason: string | null;
  readonly generation: number;
}

/** False where it was removed before. */
export async function removeRow(tx: Tx, table: 'publisher' | 'catalog', order: RemovalOrder): Promise<boolean> {
  const { organisation, id, actor, reason, generation } = order;
  const { numAffectedRows = 0n } = await sql`
    update ${sql.table(table)} set removed_at = now(), removed_by = ${text(actor)},
      removal_reason = ${reason === null ? null : text(reason)}, removed_generation = ${generation}
    where organisation = ${organisation} and id = ${id} and removed_at is null and generation is not null`.execute(tx);
  return numAffectedRows > 0n;
}

export interface SeenRow {
  readonly subject: string | null;
  readonly files: number;
  readonly catalogs: number;
  readonly trusted: boolean;
  readonly otherChain: boolean;
}

/** Who signed what the organisation has, and catalogs that speak for it; those with the most files first. */
export async function seenSigners(db: Database, organisation: string): Promise<readonly SeenRow[]> {
  const { rows } = await sql<SeenRow>`
    with counted as (
      select x.organisation, x.signer, count(distinct x.sha256) as files, count(distinct c.id) as catalogs
      from code_signature x
      left join catalog c on c.organisation = x.organisation and c.id = x.catalog_id and c.removed_at is null
      where x.organisation in (${organisation}, ${GLOBAL_ORGANISATION}) group by 1, 2)
    select s.subject, sum(n.files)::int as files, sum(n.catalogs)::int as catalogs,
      bool_or(coalesce(v.trusted, false)) as trusted,
      not bool_or(coalesce(v.trusted, false)) and bool_or(v.trusted is not null) as "otherChain"
    from counted n
    join signer s on s.organisation = n.organisation and s.id = n.signer
    left join lateral (select bool_or(r.valid_from is not null) as trusted from publisher_signer r
      join publisher p on p.organisation = r.organisation and p.id = r.publisher_id and p.removed_at is null
        and p.generation is not null
      where r.organisation = ${organisation} and r.scope = n.organisation and r.signer = n.signer
      having count(*) > 0) v on true
    where n.files + n.catalogs > 0
    group by s.subject order by 2 desc, 3 desc, 1 limit ${MOST_LISTED}`.execute(db);
  return rows;
}

export interface CatalogRow extends Removal {
  readonly organisation: string;
  readonly id: string;
  readonly sha256: string;
  readonly name: string;
  readonly subject: string | null;
  readonly members: number;
  readonly weakMembers: number;
  readonly reason: string;
  readonly createdAt: Date;
  readonly createdBy: string;
}

const CATALOG = sql`select c.organisation, c.id, encode(c.sha256, 'hex') as sha256, c.name, c.members,
    c.weak_members as "weakMembers", c.reason, c.created_at as "createdAt", c.created_by as "createdBy", ${REMOVAL},
    (select s.subject from code_signature x join signer s on s.organisation = x.organisation and s.id = x.signer
      where x.organisation = c.organisation and x.catalog_id = c.id limit 1) as subject
  from catalog c`;

/** Newest first, behind the one with id `behind`. */
export async function catalogsOf(
  db: Database,
  organisation: string,
  limit: number,
  behind: string | null,
): Promise<readonly CatalogRow[]> {
  const after = behind === null ? sql`` : sql`and c.id < ${behind}::uuid`;
  const { rows } = await sql<CatalogRow>`${CATALOG}
    where c.organisation in (${organisation}, ${GLOBAL_ORGANISATION}) ${after} order by c.id desc limit ${limit}`.execute(
    db,
  );
  return rows;
}

export async function findCatalog(
  db: Database | Tx,
  scopes: readonly string[],
  id: string,
): Promise<CatalogRow | null> {
  const { rows } = await sql<CatalogRow>`${CATALOG}
    where c.organisation = any(${scopes}::uuid[]) and c.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** The catalog of these bytes that speaks in the scope. */
export async function standingCatalog(db: Database | Tx, scope: string, sha256: string): Promise<CatalogRow | null> {
  const { rows } = await sql<CatalogRow>`${CATALOG}
    where c.organisation = ${scope} and c.sha256 = ${digest(sha256)} and c.removed_at is null`.execute(db);
  return rows[0] ?? null;
}
