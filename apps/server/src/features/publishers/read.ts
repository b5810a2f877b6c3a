import { GLOBAL_ORGANISATION } from '@genehound/contract';
import type { TrustedSignature } from '@genehound/genes';
import { type RawBuilder, sql } from 'kysely';
import { type Database, digest } from '../../platform/database.ts';

/** What other features may ask of publishers and signatures. */

interface SignedRow {
  readonly subject: string | null;
  readonly catalog: string | null;
  readonly stampedAt: Date | null;
  /** When this server first saw the file, or got the catalog. */
  readonly seenAt: Date;
  readonly publisher: string | null;
  /** The time that counts: that of an anchored time stamp, else the server's own. */
  readonly at: Date | null;
  readonly stamped: boolean;
  readonly trusted: boolean;
}

/** Sound signatures of a file, its own and those of catalogs that name it, with what the organisation's publishers say. */
async function signaturesOf(db: Database, organisation: string, sha256: string): Promise<readonly SignedRow[]> {
  const { rows } = await sql<SignedRow>`
    with file as (select * from authenticode where organisation = ${organisation} and sha256 = ${digest(sha256)}),
    signed as (
      select x.organisation as scope, x.signer, x.stamped_at, f.examined_at as seen_at, null::text as catalog, x.number
      from file f join code_signature x on x.organisation = f.organisation and x.sha256 = f.sha256
      union all
      select x.organisation, x.signer, x.stamped_at, c.created_at, c.name, x.number
      from file f join catalog_member m on m.digest = f.digest and m.organisation in (${organisation}, ${GLOBAL_ORGANISATION})
      join catalog c on c.organisation = m.organisation and c.id = m.catalog_id and c.removed_at is null
      join code_signature x on x.organisation = c.organisation and x.catalog_id = c.id)
    select s.subject, g.catalog, g.stamped_at as "stampedAt", g.seen_at as "seenAt", v.publisher, v.at,
      coalesce(v.stamped, false) as stamped, coalesce(v.trusted, false) as trusted
    from signed g
    join signer s on s.organisation = g.scope and s.id = g.signer
    left join lateral (
      select p.subject as publisher, t.at, t.stamped, t.at between r.valid_from and r.valid_until as trusted
      from publisher_signer r
      join publisher p on p.organisation = r.organisation and p.id = r.publisher_id and p.generation is not null
        and p.removed_at is null
      cross join lateral (select coalesce(g.stamped_at between r.stamp_from and r.stamp_until, false) as stamped) k
      cross join lateral (select case when k.stamped then g.stamped_at else g.seen_at end as at, k.stamped) t
      where r.organisation = ${organisation} and r.scope = g.scope and r.signer = g.signer and r.valid_from is not null
      order by t.at between r.valid_from and r.valid_until desc, p.created_at, p.id limit 1) v on true
    order by trusted desc, g.catalog is not null, g.number limit 100`.execute(db);
  return rows;
}

/** By which signature the organisation trusts a file; null where by none. */
export async function trustedSignature(
  db: Database,
  organisation: string,
  sha256: string,
): Promise<TrustedSignature | null> {
  const [first] = await signaturesOf(db, organisation, sha256);
  if (first?.trusted !== true || first.publisher === null || first.at === null) return null;
  return { publisher: first.publisher, catalog: first.catalog, at: first.at.toISOString(), stamped: first.stamped };
}

export interface FileSignatures {
  /** SHA-256 digest of Authenticode; null where no signature can count. */
  readonly digest: string | null;
  readonly problems: readonly string[];
  readonly items: readonly {
    readonly subject: string | null;
    readonly catalog: string | null;
    readonly stampedAt: string | null;
    readonly trusted: boolean;
    /** True where a publisher of the organisation made it, in a time in which its certificate does not hold. */
    readonly untimely: boolean;
  }[];
}

/** What is known of the signatures of a file; null where it is no program of Windows, or was not looked at. */
export async function fileSignatures(
  db: Database,
  organisation: string,
  sha256: string,
): Promise<FileSignatures | null> {
  const row = await db
    .selectFrom('authenticode')
    .select(['digest', 'problems'])
    .where('organisation', '=', organisation)
    .where('sha256', '=', digest(sha256))
    .executeTakeFirst();
  if (row === undefined) return null;
  const items = (await signaturesOf(db, organisation, sha256)).map((signed) => ({
    subject: signed.subject,
    catalog: signed.catalog,
    stampedAt: signed.stampedAt?.toISOString() ?? null,
    trusted: signed.trusted,
    untimely: signed.publisher !== null && !signed.trusted,
  }));
  return { digest: row.digest?.toString('hex') ?? null, problems: row.problems, items };
}

/**
 * Files (organisation, sha256) of which a publisher or a catalog speaks that began or ceased to do so in the generations
 * (after, until] of the scope: what is to be judged again.
 */
export function concernedByTrust(
  scope: string,
  { after, until }: { readonly after: number; readonly until: number },
): RawBuilder<unknown> {
  const within = (row: 'p' | 'c') => {
    const [began, ceased] = [sql.ref(`${row}.generation`), sql.ref(`${row}.removed_generation`)];
    return sql`(${began} > ${after} and ${began} <= ${until} or ${ceased} > ${after} and ${ceased} <= ${until})`;
  };
  const touched = sql`select r.organisation, r.scope, r.signer from publisher p
    join publisher_signer r on r.organisation = p.organisation and r.publisher_id = p.id and r.valid_from is not null
    where p.organisation = ${scope} and ${within('p')}`;
  return sql`
    select t.organisation, x.sha256 from (${touched}) t
    join code_signature x on x.organisation = t.scope and x.signer = t.signer and x.sha256 is not null
    union
    select t.organisation, a.sha256 from (${touched}) t
    join code_signature x on x.organisation = t.scope and x.signer = t.signer and x.catalog_id is not null
    join catalog_member m on m.organisation = x.organisation and m.catalog_id = x.catalog_id
    join authenticode a on a.organisation = t.organisation and a.digest = m.digest
    union
    select a.organisation, a.sha256 from catalog c
    join code_signature x on x.organisation = c.organisation and x.catalog_id = c.id
    join publisher_signer r on r.scope = x.organisation and r.signer = x.signer and r.valid_from is not null
    join catalog_member m on m.organisation = c.organisation and m.catalog_id = c.id
    join authenticode a on a.organisation = r.organisation and a.digest = m.digest
    where c.organisation = ${scope} and ${within('c')}`;
}
