import { decodeGeneSet, findGene, type GeneSet } from '@genehound/genes';
import type { BlobStore } from '@genehound/intake';
import { type Database, inTransaction } from '../../platform/database.ts';
import type { Jobs } from '../../platform/jobs.ts';
import { catchUpPostings } from './catch-up-postings.ts';
import * as store from './code-search-store.ts';
import { ChildBroken } from './extraction/asking-child.ts';
import { RuleScanner } from './extraction/rule-scanner.ts';
import { type CodeSearchOrder, SEARCH_CODE } from './jobs.ts';
import type { Postings } from './postings.ts';

export interface CodeSearchContext {
  readonly db: Database;
  readonly jobs: Jobs;
  readonly blobs: BlobStore;
  readonly postings: Postings;
}

type Search = store.SearchRow & { readonly until: number };
type Steps = AsyncGenerator<store.SearchStep>;

/** Milliseconds after which another search has its turn. */
const TURN_MS = 5_000;
const MOST_HITS = 10_000;
const GENOMES_PER_STEP = 128;
const VERDICTS_PER_STEP = 2_000;
const RULED_PER_STEP = 16;
/** Milliseconds after which what was found is noted before the step is whole. */
const STEP_MS = 1_000;
const NUMBERS_PER_COUNT = 20_000;
/** Artifacts on which a rule may break, each costs up to its whole time, before the search is given up. */
const MOST_BROKEN = 5;

function countOf(wanted: GeneSet, stored: GeneSet): number {
  let count = 0;
  for (let i = 0; i < wanted.high.length; i++)
    if (findGene(stored, wanted.high[i] ?? 0, wanted.low[i] ?? 0) >= 0) count++;
  return count;
}

/** Exact: postings keep a part of each gene, the artifact's own set decides. */
function hitOf(search: Search, wanted: GeneSet, number: number, genes: Buffer): store.CodeHit | null {
  const stored = decodeGeneSet(genes);
  if (stored.problems.length > 0) throw new Error('A stored genome is damaged');
  const { functionGene, least } = search;
  const matched = countOf(wanted, stored);
  if (functionGene === null) {
    const whole = search.question.by === 'function' ? false : null;
    return matched >= least ? { number, matched, whole } : null;
  }
  const [high, low] = [functionGene.slice(0, 8), functionGene.slice(8)].map((word) => Number.parseInt(word, 16));
  const whole = findGene(stored, high ?? 0, low ?? 0) >= 0;
  // The function's own gene is one of the genes, and none of those of which half make a hit.
  return whole || matched >= least ? { number, matched, whole } : null;
}

async function candidatesOf({ postings }: CodeSearchContext, genes: GeneSet, until: number): Promise<Float64Array> {
  return (await postings.search(genes)).filter((number) => number <= until);
}

async function* byGenes(context: CodeSearchContext, organisation: string, search: Search): Steps {
  const wanted = decodeGeneSet(search.genes ?? Buffer.alloc(0));
  if (wanted.problems.length > 0) throw new Error('The genes of a search are damaged');
  const all = await candidatesOf(context, wanted, search.until);
  const numbers = all.filter((number) => number > search.behind);
  for (let from = 0; from < numbers.length; from += GENOMES_PER_STEP) {
    const some = Array.from(numbers.subarray(from, from + GENOMES_PER_STEP));
    const rows = await store.ownGenes(context.db, organisation, some);
    const hits = rows.flatMap(({ number, genes }) => {
      const hit = genes === null ? null : hitOf(search, wanted, number, genes);
      return hit === null ? [] : [hit];
    });
    const unread = rows.filter(({ genes }) => genes === null).length;
    yield { behind: some.at(-1) ?? search.behind, searched: rows.length, unread, broke: 0, hits };
  }
}

async function* byFamily({ db }: CodeSearchContext, organisation: string, search: Search, family: string): Steps {
  for (let { behind } = search; ; ) {
    const range = { behind, until: search.until, limit: VERDICTS_PER_STEP };
    const rows = await store.familyCounts(db, organisation, family, range);
    behind = rows.at(-1)?.number ?? behind;
    const hits = rows.flatMap(({ number, matched }) => (matched === null ? [] : [{ number, matched, whole: null }]));
    const unread = rows.filter(({ judged }) => !judged).length;
    yield { behind, searched: rows.length, unread, broke: 0, hits };
    if (rows.length < VERDICTS_PER_STEP) return;
  }
}

/** Runs a rule over artifacts in a child of its own, which is begun anew where it broke. */
class RuleRun {
  readonly #scanner = new RuleScanner();
  readonly #text: string;
  #isLoaded = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** Sequences that were found, 0 where the rule does not match; why it could not be run. */
  async over(source: AsyncIterable<Buffer>, size: number): Promise<number | null | ChildBroken> {
    try {
      if (!this.#isLoaded) await this.#load();
      const [hit] = await this.#scanner.scan(source, size);
      return hit?.matched ?? null;
    } catch (error) {
      if (!(error instanceof ChildBroken)) throw error;
      this.#isLoaded = false;
      return error;
    }
  }

  close(): void {
    this.#scanner.close();
  }

  async #load(): Promise<void> {
    const [problem] = await this.#scanner.load([{ name: 'rule', text: this.#text }]);
    if (problem !== undefined) throw new ChildBroken(problem.problem);
    this.#isLoaded = true;
  }
}

/** The rule broke on too many artifacts. */
class GivenUp extends Error {}

async function* byRule({ db, blobs }: CodeSearchContext, organisation: string, search: Search, text: string): Steps {
  const run = new RuleRun(text);
  let { behind, broke } = search;
  try {
    for (;;) {
      const rows = await store.nextArtifacts(db, organisation, { behind, until: search.until, limit: RULED_PER_STEP });
      const step = { searched: 0, unread: 0, broke: 0, hits: [] as store.CodeHit[] };
      const begin = performance.now();
      for (const { number, size, stored, ...key } of rows) {
        const source = stored ? await blobs.get({ organisation, ...key }) : null;
        const found = source === null ? 'gone' : await run.over(source, size);
        behind = number;
        step.searched += 1;
        if (typeof found === 'number') step.hits.push({ number, matched: found, whole: null });
        if (found === 'gone' || found instanceof ChildBroken) step.unread += 1;
        if (found instanceof ChildBroken) {
          step.broke += 1;
          broke += 1;
          if (broke >= MOST_BROKEN)
            throw new GivenUp(`The rule broke on ${broke} artifacts, on the last one so: ${found.message}`);
        }
        if (performance.now() - begin > STEP_MS) break;
      }
      yield { behind, ...step };
      if (rows.length === 0 || (behind === rows.at(-1)?.number && rows.length < RULED_PER_STEP)) return;
    }
  } finally {
    run.close();
  }
}

function stepsOf(context: CodeSearchContext, organisation: string, search: Search): Steps {
  const { question } = search;
  if (question.by === 'family') return byFamily(context, organisation, search, question.family);
  if (question.by === 'rule') return byRule(context, organisation, search, question.text);
  return byGenes(context, organisation, search);
}

/** What is there now is searched; what comes later is not. */
async function begun(context: CodeSearchContext, organisation: string, search: store.SearchRow): Promise<Search> {
  if (search.until !== null) return { ...search, until: search.until };
  const { db } = context;
  const until = await store.lastNumber(db);
  let candidates = 0;
  if (search.genes === null) candidates = await store.countArtifacts(db, organisation, { until });
  else {
    await catchUpPostings(db, context.postings);
    const numbers = await candidatesOf(context, decodeGeneSet(search.genes), until);
    for (let from = 0; from < numbers.length; from += NUMBERS_PER_COUNT) {
      const some = Array.from(numbers.subarray(from, from + NUMBERS_PER_COUNT));
      candidates += await store.countArtifacts(db, organisation, { numbers: some });
    }
  }
  await store.beginSearch(db, organisation, search.id, { until, candidates });
  return { ...search, until };
}

/** Goes on until all is looked at or the turn is over. */
async function takeTurn(context: CodeSearchContext, organisation: string, search: Search): Promise<void> {
  const { db, jobs } = context;
  const { id } = search;
  const end = performance.now() + TURN_MS;
  const steps = stepsOf(context, organisation, search);
  for await (const step of steps) {
    const isOver = await inTransaction(db, async (tx) => {
      const hits = await store.noteStep(tx, organisation, id, step);
      if (hits === null) return true;
      if (hits >= MOST_HITS) {
        await store.endSearch(tx, organisation, id, { cut: true });
        return true;
      }
      if (performance.now() < end) return false;
      await jobs.enqueue(tx, SEARCH_CODE, [{ organisation, id }]);
      return true;
    });
    if (isOver) return;
  }
  await store.endSearch(db, organisation, id, { cut: false });
}

/** One turn of a search over stored code: goes on from where it stood, and lets others go on after some seconds. */
async function searchCode(context: CodeSearchContext, { organisation, id }: CodeSearchOrder): Promise<void> {
  const { db } = context;
  const search = await store.findSearch(db, organisation, id);
  if (search === null || search.state === 'done' || search.state === 'failed') return;
  try {
    await takeTurn(context, organisation, await begun(context, organisation, search));
  } catch (error) {
    if (!(error instanceof GivenUp)) throw error;
    await store.endSearch(db, organisation, id, { problem: error.message });
  }
}

/** Registers the work; before the jobs are started. */
export function workOnSearches(context: CodeSearchContext): void {
  const onGivenUp = ({ organisation, id }: CodeSearchOrder): Promise<void> =>
    store.endSearch(context.db, organisation, id, { problem: "It failed on the server; the server's log says why" });
  context.jobs.work(SEARCH_CODE, { concurrency: 1, batch: 1, onGivenUp }, async (orders) => {
    for (const order of orders) await searchCode(context, order);
  });
}

/** Of searches that are open and whose job was lost. */
export async function enqueueSearches({ db, jobs }: Pick<CodeSearchContext, 'db' | 'jobs'>): Promise<void> {
  const orders = await store.openSearches(db);
  await inTransaction(db, (tx) => jobs.enqueue(tx, SEARCH_CODE, orders));
}
