import { GLOBAL_ORGANISATION } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest, type Tx, text } from '../../platform/database.ts';

/** Files that hash lists know: what they are, never that they are good. */

export interface Product {
  readonly name: string;
  readonly version: string;
  readonly manufacturer: string;
}

/** The ids of products, in their order; made where they are missing. */
export async function putProducts(
  tx: Tx,
  organisation: string,
  source: string,
  products: readonly Product[],
): Promise<readonly number[]> {
  const names = products.map(({ name }) => text(name));
  const versions = products.map(({ version }) => text(version));
  const manufacturers = products.map(({ manufacturer }) => text(manufacturer));
  await sql`
    insert into known_product (organisation, source_id, name, version, manufacturer)
    select distinct ${organisation}::uuid, ${source}::uuid, n, v, m
    from unnest(${names}::text[], ${versions}::text[], ${manufacturers}::text[]) as t (n, v, m)
    order by n, v, m
    on conflict do nothing`.execute(tx);
  const { rows } = await sql<{ id: number }>`
    select p.id from unnest(${names}::text[], ${versions}::text[], ${manufacturers}::text[]) with ordinality as t (n, v, m, place)
    join known_product p on p.organisation = ${organisation} and p.source_id = ${source}
      and md5(p.name) = md5(t.n) and md5(p.version) = md5(t.v) and md5(p.manufacturer) = md5(t.m)
    order by t.place`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Returns how many of the files are new to the source. */
export async function insertKnownFiles(
  tx: Tx,
  organisation: string,
  source: string,
  files: readonly { readonly sha256: string; readonly product: number }[],
): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into known_file (organisation, sha256, source_id, product_id)
    select distinct on (h) ${organisation}::uuid, h, ${source}::uuid, p
    from unnest(${files.map(({ sha256 }) => digest(sha256))}::bytea[], ${files.map(({ product }) => product)}::int[]) as t (h, p)
    order by h
    on conflict do nothing`.execute(tx);
  const added = Number(numAffectedRows ?? 0n);
  await sql`update source set files = files + ${added} where organisation = ${organisation} and id = ${source}`.execute(
    tx,
  );
  return added;
}

export interface KnownAs extends Product {
  readonly source: string;
}

/** What the sources of both scopes that were not revoked know of a file. */
export async function knownAs(db: Database, organisation: string, sha256: string): Promise<readonly KnownAs[]> {
  const { rows } = await sql<KnownAs>`
    select p.name, p.version, p.manufacturer, s.name as source
    from known_file f
    join source s on s.organisation = f.organisation and s.id = f.source_id and s.revoked_at is null
    join known_product p on p.organisation = f.organisation and p.source_id = f.source_id and p.id = f.product_id
    where f.organisation = any(${[GLOBAL_ORGANISATION, organisation]}::uuid[]) and f.sha256 = ${digest(sha256)}
    order by s.created_at, p.name limit 20`.execute(db);
  return rows;
}
