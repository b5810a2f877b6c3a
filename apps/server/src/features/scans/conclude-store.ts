import type { Layout } from '@genehound/contract';
import { sql } from 'kysely';
import { type Database, digest, type Tx, text } from '../../platform/database.ts';
import type { JudgedSeen } from './judged.ts';
import type { SeenArtifact } from './places.ts';
import type { ScanRef } from './store.ts';

export interface EndedScan {
  readonly state: string;
  /** As it was judged before; null at first. */
  readonly verdict: string | null;
  readonly families: readonly string[];
  readonly endReason: string | null;
  readonly huntId: string | null;
  readonly endpointId: string | null;
  readonly address: string | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
  readonly finishedAt: Date | null;
}

export async function findEnded(db: Database, scan: ScanRef): Promise<EndedScan | null> {
  const row = await db
    .selectFrom('scan')
    .select([
      'state',
      'verdict',
      'families',
      'end_reason as endReason',
      'hunt_id as huntId',
      'endpoint_id as endpointId',
      'source_address as address',
      'created_at as createdAt',
      'ended_at as endedAt',
      'finished_at as finishedAt',
    ])
    .where('organisation', '=', scan.organisation)
    .where('id', '=', scan.id)
    // Nothing is left to judge of one whose content retention removed; its verdict stands.
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

/** Still to be analysed or, where a label stands for the bytes, to be judged. */
const PENDING = sql<boolean>`(a.state in ('queued', 'running') or (a.state = 'done' and not a.stored and not exists (
  select from verdict v where v.organisation = a.organisation and v.sha256 = a.sha256 and v.layout = a.layout)))`;

export async function countPending(db: Database, scan: ScanRef): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from scan_artifact s
    join artifact a on a.organisation = s.organisation and a.sha256 = s.sha256 and a.layout = s.layout
    where s.organisation = ${scan.organisation} and s.scan_id = ${scan.id} and ${PENDING}`.execute(db);
  return rows[0]?.count ?? 0;
}

export interface KnownArtifact {
  readonly sha256: string;
  readonly layout: Layout;
}

/** Which of these the organisation has, or has a global label for, in any layout. */
export async function findKnown(
  db: Database,
  organisation: string,
  hashes: readonly string[],
): Promise<readonly KnownArtifact[]> {
  if (hashes.length === 0) return [];
  const { rows } = await sql<KnownArtifact>`select encode(sha256, 'hex') as sha256, layout from artifact
    where organisation = ${organisation} and sha256 = any(${[...new Set(hashes)].map(digest)}::bytea[])`.execute(db);
  return rows;
}

export interface StoredProblem {
  readonly about: string | null;
  readonly code: string;
  readonly message: string;
}

export async function findProblems(db: Database, scan: ScanRef): Promise<readonly StoredProblem[]> {
  return await db
    .selectFrom('scan_problem')
    .select(['about', 'code', 'message'])
    .where('organisation', '=', scan.organisation)
    .where('scan_id', '=', scan.id)
    .orderBy('number')
    .execute();
}

/** The counters of labels: of the global scope and of the organisation. */
export async function readGenerations(
  db: Database,
  organisation: string,
): Promise<{ readonly global: number; readonly organisation: number }> {
  const rows = await db
    .selectFrom('generation')
    .select(['organisation', 'value'])
    .where('organisation', 'in', [organisation, '00000000-0000-0000-0000-000000000000'])
    .execute();
  const own = rows.find((row) => row.organisation === organisation)?.value ?? 0;
  return { global: rows.find((row) => row.organisation !== organisation)?.value ?? 0, organisation: own };
}

/** One row for each place of each artifact that is not trusted; those of an earlier judgement go. */
export async function replaceSightings(tx: Tx, scan: ScanRef, judged: readonly JudgedSeen[]): Promise<void> {
  await tx
    .deleteFrom('sighting')
    .where('organisation', '=', scan.organisation)
    .where('scan_id', '=', scan.id)
    .execute();
  const rows = judged
    .filter(({ verdict }) => verdict !== 'trusted')
    .flatMap(({ seen }) => seen.places.map((place) => ({ seen, place })));
  for (let from = 0; from < rows.length; from += 5_000) {
    const some = rows.slice(from, from + 5_000);
    await sql`insert into sighting (organisation, scan_id, sha256, layout, pid, address, kind, path, findings)
      select ${scan.organisation}, ${scan.id}, sha256, layout, pid, address, kind, path, string_to_array(findings, ',')
      from unnest(${some.map(({ seen }) => digest(seen.sha256))}::bytea[], ${some.map(({ seen }) => seen.layout)}::text[],
        ${some.map(({ place }) => place.pid)}::bigint[], ${some.map(({ place }) => place.address.toString())}::numeric[],
        ${some.map(({ place }) => place.kind)}::text[], ${some.map(({ place }) => (place.path === null ? null : text(place.path)))}::text[],
        ${some.map(({ seen }) => [...new Set(seen.findings.map((finding) => finding.kind))].join(','))}::text[])
        as row (sha256, layout, pid, address, kind, path, findings)`.execute(tx);
  }
}

/** First and last scan in which the endpoint had each artifact. Scans may be judged in another order than they came. */
export async function noteEndpoint(
  tx: Tx,
  scan: ScanRef,
  endpointId: string,
  seen: readonly SeenArtifact[],
): Promise<void> {
  for (let from = 0; from < seen.length; from += 5_000) {
    const some = seen.slice(from, from + 5_000);
    await sql`insert into artifact_endpoint as known (organisation, sha256, layout, endpoint_id, first_scan, last_scan)
      select ${scan.organisation}, sha256, layout, ${endpointId}, ${scan.id}, ${scan.id}
      from unnest(${some.map((item) => digest(item.sha256))}::bytea[], ${some.map((item) => item.layout)}::text[]) as row (sha256, layout)
      order by sha256, layout
      on conflict (organisation, sha256, layout, endpoint_id) do update set
        first_scan = case when (select created_at from scan where organisation = known.organisation and id = known.first_scan)
          <= (select created_at from scan where organisation = known.organisation and id = excluded.first_scan)
          then known.first_scan else excluded.first_scan end,
        last_scan = case when (select created_at from scan where organisation = known.organisation and id = known.last_scan)
          > (select created_at from scan where organisation = known.organisation and id = excluded.last_scan)
          then known.last_scan else excluded.last_scan end`.execute(tx);
  }
}

export interface Conclusion {
  readonly endpointId: string;
  readonly verdict: string;
  readonly families: readonly string[];
  readonly counts: object;
  readonly document: Uint8Array;
  /** Why it is not complete, in sentences. */
  readonly gaps: readonly string[];
  readonly finishedAt: Date;
  readonly generations: { readonly global: number; readonly organisation: number };
  /** The oldest by which any of its artifacts was judged. */
  readonly rules: number;
}

/** A judged scan that becomes another: what it was stays on record. */
async function noteChange(tx: Tx, scan: ScanRef, { verdict, families, generations, rules }: Conclusion): Promise<void> {
  await sql`insert into scan_change (organisation, scan_id, before, after, families_before, families_after,
      global_before, global_after, organisation_before, organisation_after, rules_before, rules_after)
    select organisation, id, verdict, ${verdict}, families, ${families.map(text)}::text[],
      coalesce(global_generation, 0), ${generations.global},
      coalesce(organisation_generation, 0), ${generations.organisation}, rules, ${rules}
    from scan where organisation = ${scan.organisation} and id = ${scan.id} and state = 'done'
      and (verdict <> ${verdict} or families <> ${families.map(text)}::text[])`.execute(tx);
}

export async function saveConclusion(tx: Tx, scan: ScanRef, conclusion: Conclusion): Promise<void> {
  await noteChange(tx, scan, conclusion);
  await tx
    .updateTable('scan')
    .set({
      state: 'done',
      endpoint_id: conclusion.endpointId,
      verdict: conclusion.verdict,
      families: conclusion.families.map(text),
      counts: JSON.stringify(conclusion.counts),
      report: conclusion.document,
      gaps: conclusion.gaps.map(text),
      finished_at: conclusion.finishedAt,
      global_generation: conclusion.generations.global,
      organisation_generation: conclusion.generations.organisation,
      rules: conclusion.rules,
    })
    .where('organisation', '=', scan.organisation)
    .where('id', '=', scan.id)
    .execute();
  await tx
    .deleteFrom('scan_artifact')
    .where('organisation', '=', scan.organisation)
    .where('scan_id', '=', scan.id)
    .execute();
}

/** False where it did not wait for its verdict. */
export async function failScan(tx: Tx, scan: ScanRef): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('scan')
    .set({ state: 'failed', finished_at: sql<Date>`now()` })
    .where('organisation', '=', scan.organisation)
    .where('id', '=', scan.id)
    .where('state', '=', 'analysing')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** A scan that could not be judged waits for its verdict again; what was said of the failure is not so any more. */
export async function unfailScan(tx: Tx, scan: ScanRef): Promise<void> {
  await tx
    .updateTable('scan')
    .set({ state: 'analysing', finished_at: null })
    .where('organisation', '=', scan.organisation)
    .where('id', '=', scan.id)
    .where('state', '=', 'failed')
    .execute();
  await tx
    .deleteFrom('scan_problem')
    .where('organisation', '=', scan.organisation)
    .where('scan_id', '=', scan.id)
    .where('code', '=', 'internal')
    .execute();
}

/** Scans that wait for one of these artifacts and now wait for none. */
export async function findReady(
  db: Database,
  organisation: string,
  items: readonly KnownArtifact[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select distinct c.id from scan c
    join scan_artifact s on s.organisation = c.organisation and s.scan_id = c.id
    join unnest(${items.map((item) => digest(item.sha256))}::bytea[], ${items.map((item) => item.layout)}::text[]) as row (sha256, layout)
      on row.sha256 = s.sha256 and row.layout = s.layout
    where c.organisation = ${organisation} and c.state = 'analysing' and not exists (
      select from scan_artifact w join artifact a on a.organisation = w.organisation and a.sha256 = w.sha256 and a.layout = w.layout
      where w.organisation = c.organisation and w.scan_id = c.id and ${PENDING})`.execute(db);
  return rows.map((row) => row.id);
}

/** Judged scans in which one of these artifacts was: between its first and last on each endpoint that had it. */
export async function findPast(
  db: Database,
  organisation: string,
  items: readonly KnownArtifact[],
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`select distinct c.id from artifact_endpoint e
    join unnest(${items.map((item) => digest(item.sha256))}::bytea[], ${items.map((item) => item.layout)}::text[]) as row (sha256, layout)
      on row.sha256 = e.sha256 and row.layout = e.layout
    join scan f on f.organisation = e.organisation and f.id = e.first_scan
    join scan l on l.organisation = e.organisation and l.id = e.last_scan
    join scan c on c.organisation = e.organisation and c.endpoint_id = e.endpoint_id
      and c.created_at between f.created_at and l.created_at
    where e.organisation = ${organisation} and c.state = 'done' and c.removed_at is null`.execute(db);
  return rows.map((row) => row.id);
}

/** Judged scans of which something was judged by older rules than `rules`, some of them, behind `behind`. */
export async function findOlder(db: Database, rules: number, behind: ScanRef | null): Promise<readonly ScanRef[]> {
  const after = behind === null ? sql`` : sql`and (organisation, id) > (${behind.organisation}, ${behind.id})`;
  const { rows } = await sql<ScanRef>`select organisation, id from scan
    where state = 'done' and removed_at is null and rules < ${rules} ${after} order by organisation, id limit 256`.execute(
    db,
  );
  return rows;
}
