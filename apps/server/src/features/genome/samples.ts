import type { Readable } from 'node:stream';
import { type Answer, AppError, type resources } from '@genehound/contract';
import { layoutProblem, type Spooled } from '@genehound/intake';
import type { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import { ownerOf, type Principal } from '../../platform/http/principal.ts';
import { enqueueArtifacts } from '../analysis/read.ts';
import { findLabel, insertLabel, putFamily, putSample } from './label-store.ts';
import { findSource } from './source-store.ts';

/** One sample's bytes. */
const SAMPLE_LIMIT = 157_286_400;

export type SampleQuery = z.output<typeof resources.sampleQuery>;

export interface Sample {
  readonly organisation: string;
  readonly actor: string;
  readonly query: SampleQuery;
  readonly spooled: Spooled;
}

/**
 * Stores a sample with its label and asks for its analysis; the label speaks once the genes are there. The bytes are
 * durable before the label is. AppError wrong_layout, conflict (the family is there with another type), disk_full.
 */
export async function storeSample(context: Context, sample: Sample): Promise<Answer<'addSample'>> {
  const { query, spooled, organisation } = sample;
  const { sha256, size } = spooled;
  const problem = layoutProblem(query.layout, spooled.head);
  if (problem !== null || size === 0) {
    await spooled.discard();
    throw new AppError('wrong_layout', { details: problem ?? 'there are no bytes' });
  }
  await context.blobs.put({ organisation, sha256 }, spooled);
  const key = { organisation, sha256, layout: query.layout };
  return await inTransaction(context.db, async (tx) => {
    const family = await putFamily(tx, organisation, query.family, query.type);
    if (family.type !== query.type) {
      const details = `The family ${family.name} is there as ${family.type}, not as ${query.type}`;
      throw new AppError('conflict', { details });
    }
    const state = await putSample(tx, key, size);
    const known = await findLabel(tx, key, family.id);
    const labelId =
      known ??
      (await insertLabel(tx, {
        key,
        family: family.id,
        source: query.source,
        reason: query.reason ?? null,
        actor: sample.actor,
        sourceId: query.sourceId,
      }));
    await enqueueArtifacts(context, tx, organisation, [key], 'by hand');
    return { labelId, sha256, family: family.name, state, known: known !== null };
  });
}

/** AppError not_found, conflict. */
async function checkSource({ db }: Context, organisation: string, id: string): Promise<void> {
  const source = await findSource(db, [organisation], id);
  if (source === null || source.kind !== 'import') throw new AppError('not_found', { what: 'The source' });
  if (source.revokedAt !== null) throw new AppError('conflict', { details: 'The source was revoked' });
}

/** POST /api/v1/genome/samples. */
export async function addSample(
  context: Context,
  principal: Principal,
  query: SampleQuery,
  body: Readable,
): Promise<Answer<'addSample'>> {
  const organisation = ownerOf(query.scope, principal);
  if (query.sourceId !== undefined) await checkSource(context, organisation, query.sourceId);
  const spooled = await context.spool.receive(body, SAMPLE_LIMIT);
  return await storeSample(context, { organisation, actor: principal.actor, query, spooled });
}
