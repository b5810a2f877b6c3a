import { createHash } from 'node:crypto';
import { ApiError, type Client, type FamilyType, type Layout, type Scope } from '@genehound/contract';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';

/** What the samples are to be known as. */
export interface Target {
  readonly family: string;
  readonly type: FamilyType;
  readonly scope: Scope;
  readonly layout?: Layout;
  readonly reason?: string;
  /** The source of knowledge that they are imported under. */
  readonly sourceId?: string;
}

/** One file to label. `load` may be called again and must give the same bytes. */
export interface Sample {
  readonly sha256: string;
  readonly size: number;
  /** For people: `debian:bash 5.2.15-2+b2`, or a path as the user wrote it. */
  readonly source: string;
  load(): Promise<Uint8Array>;
}

export interface Labelled {
  readonly added: readonly string[];
  readonly known: readonly string[];
  /** One sentence for each sample that the server refused or that could not be read. */
  readonly problems: readonly string[];
}

/** The family is there with another type. */
export class FamilyConflict extends Failure {}

/** SHA-256 of bytes, as lower-case hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Uploads in flight: one is being sent while another is being stored. */
const PARALLEL = 3;
const TRIES = 5;
/** Refusals that concern one sample alone. */
const ONE_SAMPLE = [400, 413, 415, 422];
const LATER = [0, 429, 503];

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function send(client: Client, target: Target, sample: Sample): Promise<boolean> {
  const query = {
    family: target.family,
    type: target.type,
    scope: target.scope,
    source: sample.source,
    layout: target.layout ?? 'file',
    ...(target.reason === undefined ? {} : { reason: target.reason }),
    ...(target.sourceId === undefined ? {} : { sourceId: target.sourceId }),
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await client.call('addSample', { query, body: await sample.load() })).known;
    } catch (error) {
      if (!(error instanceof ApiError) || !LATER.includes(error.status) || attempt === TRIES) throw error;
      await sleep(250 * 2 ** attempt);
    }
  }
}

function problemOf(error: unknown, sample: Sample): string {
  if (error instanceof ApiError) {
    if (ONE_SAMPLE.includes(error.status)) return `${sample.source}: ${error.message}`;
    if (error.status === 409)
      throw new FamilyConflict(EXIT.failed, error.message, 'Choose another --family, or the type that it has.');
    throw error;
  }
  // The server was reached; what failed is reading this sample.
  return `${sample.source}: ${error instanceof Error ? error.message : String(error)}`;
}

/**
 * Labels a batch: asks which are known so already, sends the rest. A sample's own trouble becomes a problem; a
 * server that is gone, full or refuses the key ends the whole (ApiError), a family of another type too (FamilyConflict).
 */
export async function labelSamples(client: Client, target: Target, samples: readonly Sample[]): Promise<Labelled> {
  const distinct = [...new Map(samples.map((sample) => [sample.sha256, sample])).values()];
  if (distinct.length === 0) return { added: [], known: [], problems: [] };
  const asked = await client.call('findKnownSamples', {
    body: {
      family: target.family,
      scope: target.scope,
      layout: target.layout ?? 'file',
      sha256: distinct.map((sample) => sample.sha256),
    },
  });
  const known = new Set(asked.known);
  const waiting = distinct.filter((sample) => !known.has(sample.sha256));
  const added: string[] = [];
  const problems: string[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let sample = waiting[next]; sample !== undefined; sample = waiting[next]) {
      next += 1;
      try {
        if (await send(client, target, sample)) known.add(sample.sha256);
        else added.push(sample.sha256);
      } catch (error) {
        problems.push(problemOf(error, sample));
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return { added, known: [...known], problems };
}
