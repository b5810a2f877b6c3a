import type { Readable } from 'node:stream';
import { ANALYSIS_STATES, type Answer, AppError, artifactVerdict, type Layout } from '@genehound/contract';
import { INTAKE_LIMITS, layoutProblem } from '@genehound/intake';
import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import type { Feature } from '../../platform/feature.ts';
import { signatureProblems } from '../analysis/read.ts';
import { knownAs } from '../genome/read.ts';
import { fileSignatures } from '../publishers/read.ts';
import { receiveArtifact } from './read.ts';
import { artifactSightings, countSightings } from './sighting-store.ts';
import { findArtifact, findVerdict } from './store.ts';
import { historyOf } from './verdict-history.ts';

/** AppError not_found. */
async function show(
  context: Context,
  organisation: string,
  sha256: string,
  layout: Layout,
): Promise<Answer<'getArtifact'>> {
  const row = await findArtifact(context.db, organisation, sha256, layout);
  if (row === null) throw new AppError('not_found', { what: 'The artifact' });
  const verdict = await findVerdict(context.db, organisation, sha256, layout);
  const signed = layout === 'file' ? await fileSignatures(context.db, organisation, sha256) : null;
  return {
    sha256,
    layout,
    size: row.size,
    state: ANALYSIS_STATES.find((state) => state === row.state) ?? 'failed',
    problem: row.problem,
    signatureProblem:
      (await signatureProblems(context.db, organisation, [sha256])).find((row) => row.layout === layout)?.problem ??
      null,
    signed: signed === null ? null : { ...signed, problems: [...signed.problems], items: [...signed.items] },
    knownAs: [...(await knownAs(context.db, organisation, sha256))],
    verdict: verdict === null ? null : artifactVerdict.parse({ sha256, layout, ...verdict }),
  };
}

/**
 * Keeps bytes that somebody asks about, as an artifact of the organisation that was sighted nowhere, and has them
 * analysed. The same bytes again are answered as they stand. AppError wrong_layout, disk_full.
 */
async function analyse(
  context: Context,
  organisation: string,
  layout: Layout,
  body: Readable,
): Promise<Answer<'analyseArtifact'>> {
  const spooled = await context.spool.receive(body, INTAKE_LIMITS.binary);
  const { sha256, sha1, md5, size } = spooled;
  const problem = layoutProblem(layout, spooled.head);
  if (problem !== null || size === 0) {
    await spooled.discard();
    throw new AppError('wrong_layout', { details: problem ?? 'there are no bytes' });
  }
  await context.blobs.put({ organisation, sha256 }, spooled);
  await inTransaction(context.db, (tx) =>
    receiveArtifact(context, tx, organisation, { sha256, sha1, md5, layout, size }, 'by hand'),
  );
  return await show(context, organisation, sha256, layout);
}

const MOST_SIGHTINGS = 500;

async function sightings(
  { db }: Context,
  organisation: string,
  sha256: string,
  layout: Layout,
): Promise<Answer<'listArtifactSightings'>> {
  const { firstSeenAt, ...counts } = await countSightings(db, organisation, sha256, layout);
  const rows = await artifactSightings(db, organisation, sha256, layout, MOST_SIGHTINGS);
  return {
    ...counts,
    firstSeenAt: firstSeenAt?.toISOString() ?? null,
    items: rows.map(({ endpointId, endpointName, seenAt, address, findings, ...row }) => ({
      ...row,
      endpoint: endpointId === null ? null : { id: endpointId, name: endpointName ?? '' },
      seenAt: seenAt.toISOString(),
      address: `0x${BigInt(address).toString(16)}`,
      findings: [...findings],
    })),
  };
}

export function artifacts(
  context: Context,
): Feature<'getArtifact' | 'analyseArtifact' | 'listArtifactSightings' | 'listVerdictHistory'> {
  return {
    handlers: {
      getArtifact: ({ principal, params }) => show(context, principal.organisation, params.sha256, params.layout),
      listArtifactSightings: ({ principal, params }) =>
        sightings(context, principal.organisation, params.sha256, params.layout),
      listVerdictHistory: ({ principal, params }) =>
        historyOf(context, principal.organisation, params.sha256, params.layout),
      analyseArtifact: ({ principal, query, body }) => analyse(context, principal.organisation, query.layout, body),
    },
  };
}
