import type { AnalysisState, Evidence, Layout, SubVerdict } from '@genehound/contract';
import type { ArtifactJudgement } from '@genehound/genes';
import { type RawBuilder, sql } from 'kysely';
import { type Database, digest, type Tx, text } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';

/** One file analysis with what became of its artifact. */
export interface FileAnalysis {
  readonly id: string;
  readonly sha256: string;
  /** Null for what is no image. */
  readonly layout: Layout | null;
  readonly fileName: string | null;
  readonly createdAt: Date;
  readonly analysedAt: Date | null;
  readonly state: AnalysisState;
  /** Null while it is not judged. */
  readonly judgement: ArtifactJudgement | null;
}

interface Row {
  readonly id: string;
  readonly sha256: string;
  readonly layout: Layout | null;
  readonly file_name: string | null;
  readonly created_at: Date;
  readonly analysed_at: Date | null;
  readonly state: AnalysisState | null;
  readonly verdict: ArtifactJudgement['verdict'] | null;
  readonly sub_verdict: SubVerdict | null;
  readonly evidence: Evidence | null;
}

const SELECT = sql`select f.id, encode(f.sha256, 'hex') as sha256, f.layout, f.file_name, f.created_at, a.analysed_at,
  a.state, v.verdict, v.sub_verdict, v.evidence
  from file_analysis f
  left join artifact a on a.organisation = f.organisation and a.sha256 = f.sha256 and a.layout = f.layout
  left join verdict v on v.organisation = f.organisation and v.sha256 = f.sha256 and v.layout = f.layout`;

function analysisOf(row: Row): FileAnalysis {
  const { verdict, sub_verdict: subVerdict, evidence } = row;
  const judged = verdict !== null && subVerdict !== null && evidence !== null;
  return {
    id: row.id,
    sha256: row.sha256,
    layout: row.layout,
    fileName: row.file_name,
    createdAt: row.created_at,
    analysedAt: row.analysed_at,
    state: row.state ?? 'unsupported',
    judgement: judged ? { verdict, subVerdict, evidence } : null,
  };
}

export interface NewFileAnalysis {
  readonly organisation: string;
  readonly sha256: string;
  readonly layout: Layout | null;
  readonly fileName: string | null;
  readonly actor: string;
}

/** Returns its id. */
export async function insertFileAnalysis(db: Database | Tx, analysis: NewFileAnalysis): Promise<string> {
  const id = newId();
  const fileName = analysis.fileName === null ? null : text(analysis.fileName).slice(0, 1_000);
  await db
    .insertInto('file_analysis')
    .values({
      organisation: analysis.organisation,
      id,
      sha256: digest(analysis.sha256),
      layout: analysis.layout,
      file_name: fileName,
      created_by: analysis.actor,
    })
    .execute();
  return id;
}

async function findOne(db: Database, where: RawBuilder<unknown>): Promise<FileAnalysis | null> {
  const { rows } = await sql<Row>`${SELECT} where ${where} order by f.id desc limit 1`.execute(db);
  return rows[0] === undefined ? null : analysisOf(rows[0]);
}

export async function findFileAnalysis(db: Database, organisation: string, id: string): Promise<FileAnalysis | null> {
  return await findOne(db, sql`f.organisation = ${organisation} and f.id = ${id}`);
}

/** The newest of this file; with `layout`, of its bytes as they lie so. */
export async function latestFileAnalysis(
  db: Database,
  organisation: string,
  sha256: string,
  layout: Layout | null = null,
): Promise<FileAnalysis | null> {
  const file = sql`f.organisation = ${organisation} and f.sha256 = ${digest(sha256)}`;
  return await findOne(db, layout === null ? file : sql`${file} and f.layout = ${layout}`);
}

const HASHES: Readonly<Record<number, 'md5' | 'sha1' | 'sha256'>> = { 32: 'md5', 40: 'sha1', 64: 'sha256' };

/** Which kind of hash a text is, by its length; null for none. */
export function hashKind(hash: string): 'md5' | 'sha1' | 'sha256' | null {
  return /^[0-9a-fA-F]+$/.test(hash) ? (HASHES[hash.length] ?? null) : null;
}

export interface KnownFile {
  readonly sha256: string;
  readonly layout: Layout;
  /** A label named it and nobody has asked about it: without bytes, nothing has judged it yet. */
  readonly unjudged: boolean;
}

/** The artifact of the organisation that has this SHA-256, SHA-1 or MD5; as a file before any other layout. */
export async function findByHash(db: Database, organisation: string, hash: string): Promise<KnownFile | null> {
  const kind = hashKind(hash);
  if (kind === null) return null;
  const { rows } = await sql<KnownFile>`select encode(sha256, 'hex') as sha256, layout,
      state = 'done' and not stored and not exists (select from verdict v where v.organisation = artifact.organisation
        and v.sha256 = artifact.sha256 and v.layout = artifact.layout) as unjudged
    from artifact where organisation = ${organisation} and ${sql.ref(kind)} = ${Buffer.from(hash, 'hex')}
    order by layout <> 'file', layout limit 1`.execute(db);
  return rows[0] ?? null;
}

export interface ArtifactFacts {
  readonly size: number;
  readonly stored: boolean;
  readonly sha1: string | null;
  readonly md5: string | null;
  /** Of its genome; null where it has none. */
  readonly instructionSet: string | null;
}

export async function findArtifactFacts(
  db: Database,
  organisation: string,
  sha256: string,
  layout: Layout,
): Promise<ArtifactFacts | null> {
  const { rows } = await sql<ArtifactFacts>`select a.size, a.stored, encode(a.sha1, 'hex') as sha1,
      encode(a.md5, 'hex') as md5, g.instruction_set as "instructionSet"
    from artifact a
    left join genome g on g.organisation = a.organisation and g.sha256 = a.sha256 and g.layout = a.layout
    where a.organisation = ${organisation} and a.sha256 = ${digest(sha256)} and a.layout = ${layout}
    order by g.scheme desc nulls last limit 1`.execute(db);
  return rows[0] ?? null;
}

export interface HistoryFilter {
  readonly from: Date;
  readonly to: Date;
  readonly limit: number;
  readonly offset: number;
  /** As the contract names them; empty for all. */
  readonly verdicts: readonly string[];
  readonly families: readonly string[];
  readonly hash: string | null;
  readonly fileName: string | null;
}

const PUBLIC_VERDICT = sql`case when f.layout is null or v.verdict = 'unknown' and v.sub_verdict in
  ('file_type_not_supported', 'non_native_code', 'corrupted_file') then 'not_supported' else v.verdict end`;

function conditions(organisation: string, filter: HistoryFilter): RawBuilder<unknown> {
  const { from, to, verdicts, families, hash, fileName } = filter;
  const all = [
    sql`f.organisation = ${organisation} and f.created_at >= ${from} and f.created_at < ${to}`,
    ...(verdicts.length > 0 ? [sql`${PUBLIC_VERDICT} = any(${[...verdicts]}::text[])`] : []),
    ...(hash === null ? [] : [sql`f.sha256 = ${Buffer.from(hash, 'hex')}`]),
    ...(fileName === null ? [] : [sql`f.file_name = ${text(fileName)}`]),
    ...(families.length > 0
      ? [
          sql`exists (select from jsonb_array_elements(v.evidence -> 'families') as e
            where e ->> 'name' = any(${families.map(text)}::text[]))`,
        ]
      : []),
  ];
  return sql.join(all, sql` and `);
}

/** Newest first, and how many there are in all. */
export async function fileHistory(
  db: Database,
  organisation: string,
  filter: HistoryFilter,
): Promise<{ readonly total: number; readonly items: readonly FileAnalysis[] }> {
  const where = conditions(organisation, filter);
  const { rows } = await sql<Row>`${SELECT} where ${where} order by f.created_at desc, f.id desc
    limit ${filter.limit} offset ${filter.offset}`.execute(db);
  const counted = await sql<{ total: number }>`select count(*) as total from file_analysis f
    left join verdict v on v.organisation = f.organisation and v.sha256 = f.sha256 and v.layout = f.layout
    where ${where}`.execute(db);
  return { total: counted.rows[0]?.total ?? 0, items: rows.map(analysisOf) };
}
