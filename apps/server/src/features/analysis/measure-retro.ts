import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import { encodeGeneSet, encodeGenome, type GeneSet, type Genome, SCHEME, sortPairs } from '@genehound/genes';
import { createLog } from '@genehound/intake';
import { sql } from 'kysely';
import { digest, inTransaction } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { createJobs } from '../../platform/jobs.ts';
import { openTestDatabase, type TestDatabase } from '../../platform/test-database.ts';
import { Knowledge } from '../genome/read.ts';
import { Postings } from './postings.ts';
import { rejudge } from './rejudge.ts';

/**
 * The work of `bench/retro/run.ts`: many artifacts, then a label whose genes touch every hundredth of them. Prints one
 * JSON document. Argument: how many artifacts. Every artifact has its row, its verdict and its postings; the genes and
 * code of those that are touched, and of as many others, are in the database too: nothing reads the rest.
 */

/** Distinct genes of the artifact in the middle; from half to one and a half times that. */
const GENES = 1_000;
const CHANGED = 50_000;
const SHARE = 100;
const ARTIFACTS_AT_ONCE = 8_192;
const compress = promisify(zstdCompress);

function noise(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return (value ^ (value >>> 14)) >>> 0;
  };
}

/** What changes: the sample of a family that is learnt. */
const changed: GeneSet = sortPairs(Uint32Array.from({ length: 2 * CHANGED }, noise(0xffff_ffff)));

/** Genes of artifact n; where it is to be touched, some of the changed ones are among them. */
function genesOf(number: number): GeneSet {
  const next = noise(number);
  const count = GENES / 2 + (next() % GENES);
  const pairs = new Uint32Array(2 * count);
  for (let i = 0; i < pairs.length; i++) pairs[i] = next();
  if (number % SHARE === 0) {
    for (let i = 0; i < 1 + (number % 40); i++) {
      const at = next() % changed.high.length;
      pairs[2 * i] = changed.low[at] ?? 0;
      pairs[2 * i + 1] = changed.high[at] ?? 0;
    }
  }
  return sortPairs(pairs);
}

/** A genome with these genes: half of them fuzzy, each with one of the others as its exact one. */
function genomeOf({ high, low }: GeneSet): Genome {
  const blocks = Math.ceil(high.length / 2);
  const functions = Math.max(1, Math.ceil(blocks / 8));
  const column = (length: number, value: (i: number) => number): Uint32Array =>
    Uint32Array.from({ length }, (_, i) => value(i));
  const none = new Uint32Array(functions);
  return {
    scheme: SCHEME,
    instructionSet: 'x86-64',
    codeBytes: blocks * 32,
    instructions: blocks * 8,
    blockRva: column(blocks, (i) => 32 * i),
    blockSize: column(blocks, () => 32),
    blockFunction: column(blocks, (i) => Math.min(functions - 1, i >> 3)),
    fuzzyHigh: column(blocks, (i) => high[2 * i] ?? 0),
    fuzzyLow: column(blocks, (i) => low[2 * i] ?? 0),
    exactHigh: column(blocks, (i) => high[2 * i + 1] ?? high[2 * i] ?? 0),
    exactLow: column(blocks, (i) => low[2 * i + 1] ?? low[2 * i] ?? 0),
    functionRva: column(functions, (i) => 256 * i),
    functionSize: column(functions, () => 256),
    functionInstructions: column(functions, () => 64),
    functionHigh: none,
    functionLow: none,
    callCaller: none,
    callCallee: none,
    problems: [],
  };
}

const hashOf = (number: number): string => createHash('sha256').update(String(number)).digest('hex');
const seconds = (since: number): number => (performance.now() - since) / 1000;

/** Rows for every artifact, in one statement each; their hashes are not those of bytes. */
async function insertRows({ connection: { db } }: TestDatabase, organisation: string, artifacts: number) {
  await sql`insert into artifact (organisation, sha256, layout, size, stored, state)
    select ${organisation}, sha256(n::text::bytea), 'file', 1, true, 'done'
    from generate_series(1, ${artifacts}) n order by n`.execute(db);
  await sql`insert into genome (organisation, sha256, layout, scheme, gene_count, code_bytes, genes, body)
    select ${organisation}, sha256(n::text::bytea), 'file', ${SCHEME}, 0, 0, ''::bytea, ''::bytea
    from generate_series(1, ${artifacts}) n`.execute(db);
  const evidence = JSON.stringify({
    rule: 'unknown',
    reasons: [],
    geneCount: 0,
    commonGenes: 0,
    uniqueGenes: 0,
    trustedShare: 0,
    families: [],
    findings: [],
    problems: [],
  });
  await sql`insert into verdict (organisation, sha256, layout, scheme, verdict, sub_verdict, evidence,
      global_generation, organisation_generation)
    select ${organisation}, sha256(n::text::bytea), 'file', ${SCHEME}, 'unknown', 'unique', ${evidence}::jsonb, 0, 0
    from generate_series(1, ${artifacts}) n`.execute(db);
  await sql`analyze artifact, genome, verdict`.execute(db);
}

async function storeGenes({ connection: { db } }: TestDatabase, organisation: string, number: number): Promise<void> {
  const set = genesOf(number);
  await db
    .updateTable('genome')
    .set({ genes: encodeGeneSet(set, SCHEME), body: await compress(encodeGenome(genomeOf(set))) })
    .where('organisation', '=', organisation)
    .where('sha256', '=', digest(hashOf(number)))
    .where('layout', '=', 'file')
    .execute();
}

/** A sample of a family with the changed genes, speaking from the scope's first generation on. */
async function learn({ connection: { db } }: TestDatabase, organisation: string): Promise<void> {
  const sample = { organisation, sha256: digest(hashOf(0)), layout: 'file' };
  const genes = encodeGeneSet(changed, SCHEME);
  await inTransaction(db, async (tx) => {
    await tx
      .insertInto('artifact')
      .values({ ...sample, size: 1, stored: true, state: 'done' })
      .execute();
    await tx
      .insertInto('genome')
      .values({ ...sample, scheme: SCHEME, gene_count: CHANGED, code_bytes: 1, genes, body: Buffer.alloc(0) })
      .execute();
    const id = newId();
    await tx.insertInto('family').values({ organisation, id, name: 'learnt', type: 'malware' }).execute();
    await tx
      .insertInto('label')
      .values({ ...sample, id: newId(), family_id: id, source: 'bench', created_by: 'bench', generation: 1 })
      .execute();
    await tx.insertInto('generation').values({ organisation, value: 1 }).execute();
  });
}

async function measure(database: TestDatabase, artifacts: number) {
  const { connection, data } = database;
  const { db } = connection;
  const log = createLog('silent');
  const jobs = createJobs(connection, log);
  await jobs.start();
  const organisation = newId();
  await db.insertInto('organisation').values({ id: organisation, name: 'bench' }).execute();
  await insertRows(database, organisation, artifacts);
  let postings = new Postings(data, log);
  const building = performance.now();
  let genes = 0;
  let adding = Promise.resolve();
  for (let from = 1; from <= artifacts; from += ARTIFACTS_AT_ONCE) {
    const count = Math.min(ARTIFACTS_AT_ONCE, artifacts + 1 - from);
    const genomes = Array.from({ length: count }, (_, i) => {
      const set = genesOf(from + i);
      genes += set.high.length;
      return { number: from + i, genes: encodeGeneSet(set, SCHEME) };
    });
    // The next ones are invented while the thread of the postings adds these.
    await adding;
    adding = postings.add(genomes);
  }
  await adding;
  const buildSeconds = seconds(building);
  for (let number = SHARE; number <= artifacts; number += SHARE) {
    await storeGenes(database, organisation, number);
    await storeGenes(database, organisation, number - 1);
  }
  await learn(database, organisation);
  await postings.close();
  postings = new Postings(data, log);
  const opening = performance.now();
  await postings.covered();
  const openSeconds = seconds(opening);
  const searching = performance.now();
  const candidates = (await postings.search(changed)).length;
  const searchSeconds = seconds(searching);
  const knowledge = new Knowledge(data, db, log);
  await knowledge.catchUp(organisation);
  const whole = performance.now();
  const judged = await rejudge({ db, jobs, knowledge, postings }, organisation);
  const retroHuntSeconds = seconds(whole);
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from verdict
    where organisation = ${organisation} and organisation_generation = 1`.execute(db);
  const path = join(data, 'postings');
  const bytes = readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
  await knowledge.close();
  await postings.close();
  await jobs.stop(5_000);
  return {
    artifacts,
    genes,
    changed: CHANGED,
    touched: Math.floor(artifacts / SHARE),
    candidates,
    judged,
    verdicts: rows[0]?.count ?? 0,
    bytesPerGene: bytes / genes,
    segments: readdirSync(path).length,
    buildSeconds,
    openSeconds,
    searchSeconds,
    retroHuntSeconds,
    memory: process.memoryUsage.rss(),
  };
}

const database = await openTestDatabase();
try {
  process.stdout.write(`${JSON.stringify(await measure(database, Number(process.argv[2] ?? 50_000)))}\n`);
} finally {
  await database.close();
}
