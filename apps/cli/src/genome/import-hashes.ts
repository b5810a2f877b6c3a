import { ApiError, type Client } from '@genehound/contract';
import { hashListRows, type ListedFile } from './hash-list.ts';

export interface HashesImported {
  rows: number;
  added: number;
  known: number;
  tools: number;
  /** Rows that name no file or no product. */
  bad: number;
  /** The first of them, one sentence each. */
  readonly problems: string[];
}

/** Files of one request. */
const BATCH = 5_000;
const PROBLEMS = 20;
const TRIES = 5;
const LATER = [0, 429, 503];

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function send(client: Client, id: string, items: readonly ListedFile[]) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.call('addKnownFiles', { params: { id }, body: { items: [...items] } });
    } catch (error) {
      if (!(error instanceof ApiError) || !LATER.includes(error.status) || attempt === TRIES) throw error;
      await sleep(250 * 2 ** attempt);
    }
  }
}

/**
 * Makes the files of a hash list known, row after row. `from`: rows that are left out at the beginning, for an import
 * that is taken up again; rows that the server has change nothing.
 */
export async function importHashes(
  client: Client,
  path: string,
  sourceId: string,
  from: number,
  onProgress: (done: HashesImported) => void,
): Promise<HashesImported> {
  const done: HashesImported = { rows: 0, added: 0, known: 0, tools: 0, bad: 0, problems: [] };
  let batch: ListedFile[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const { added, known } = await send(client, sourceId, batch);
    done.added += added;
    done.known += known;
    batch = [];
    onProgress(done);
  };
  for await (const row of hashListRows(path)) {
    done.rows += 1;
    if (done.rows <= from) continue;
    if ('problem' in row) {
      done.bad += 1;
      if (done.problems.length < PROBLEMS) done.problems.push(row.problem);
      continue;
    }
    if (row.tool) done.tools += 1;
    batch.push(row);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return done;
}
