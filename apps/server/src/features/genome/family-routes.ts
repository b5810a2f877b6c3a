import { type Answer, AppError, GLOBAL_ORGANISATION } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import { listEndpoints } from '../endpoints/read.ts';
import { artifactsNaming, familyFacts, familyMembers } from './family-store.ts';

const MOST_MEMBERS = 500;
const MOST_ARTIFACTS = 100;

/** A family, what speaks for it, and where it was met. AppError not_found. */
export async function familyDetails({ db }: Context, organisation: string, id: string): Promise<Answer<'getFamily'>> {
  const family = await familyFacts(db, organisation, id);
  if (family === null) throw new AppError('not_found', { what: 'The family' });
  const [members, artifacts, hit] = await Promise.all([
    familyMembers(db, family, MOST_MEMBERS),
    artifactsNaming(db, organisation, family.name, MOST_ARTIFACTS),
    listEndpoints(db, organisation, {
      offset: 0,
      limit: 1,
      sort: 'name',
      family: family.name,
      standing: ['malicious', 'suspicious'],
    }),
  ]);
  return {
    id,
    name: family.name,
    type: family.type,
    scope: family.organisation === GLOBAL_ORGANISATION ? 'global' : 'organisation',
    createdAt: family.createdAt.toISOString(),
    samples: family.samples,
    members: members.map(({ createdAt, ...member }) => ({ ...member, createdAt: createdAt.toISOString() })),
    endpoints: hit.total,
    artifacts: [...artifacts],
  };
}
