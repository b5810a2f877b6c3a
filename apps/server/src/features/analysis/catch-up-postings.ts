import type { Database } from '../../platform/database.ts';
import { Turns } from '../../platform/turns.ts';
import type { GenomeToAdd } from './postings/postings-directory.ts';
import type { Postings } from './postings.ts';
import { encodedGenes, genomeNumbers } from './rejudge-store.ts';

const NUMBERS_PER_QUERY = 200_000;
const GENOMES_PER_QUERY = 256;
/** Encoded genes that are added at once: some 9 million, of which the thread makes 16 bytes each. */
const BYTES_AT_ONCE = 64 * 2 ** 20;

/** Numbers of the artifacts whose genes are stored and not in the postings. Both lists ascend. */
async function* missing(db: Database, covered: Float64Array): AsyncGenerator<readonly number[]> {
  let at = 0;
  for (let behind = 0; ; ) {
    const numbers = await genomeNumbers(db, behind, NUMBERS_PER_QUERY);
    const lacking: number[] = [];
    for (const number of numbers) {
      while (at < covered.length && (covered[at] ?? 0) < number) at++;
      if (covered[at] !== number) lacking.push(number);
      behind = number;
    }
    if (lacking.length > 0) yield lacking;
    if (numbers.length < NUMBERS_PER_QUERY) return;
  }
}

const turns = new Turns();

/** Brings the postings to everything that is stored, one call after another. Returns how many artifacts were added. */
export async function catchUpPostings(db: Database, postings: Postings): Promise<number> {
  let added = 0;
  await turns.take('postings', async () => {
    added = await catchUp(db, postings);
  });
  return added;
}

async function catchUp(db: Database, postings: Postings): Promise<number> {
  let added = 0;
  let genomes: GenomeToAdd[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    await postings.add(genomes);
    added += genomes.length;
    genomes = [];
    bytes = 0;
  };
  for await (const numbers of missing(db, await postings.covered())) {
    for (let from = 0; from < numbers.length; from += GENOMES_PER_QUERY) {
      for (const row of await encodedGenes(db, numbers.slice(from, from + GENOMES_PER_QUERY))) {
        genomes.push(row);
        bytes += row.genes.length;
      }
      if (bytes >= BYTES_AT_ONCE) await flush();
    }
  }
  if (genomes.length > 0) await flush();
  return added;
}
