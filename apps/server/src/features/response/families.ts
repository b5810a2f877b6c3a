import { type Advice, AppError, cases as contract } from '@genehound/contract';
import type { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import type { Handlers } from '../../platform/http/api.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { appendAudit } from '../accounts/read.ts';
import { findFamily } from '../genome/read.ts';
import * as store from './family-store.ts';

type Facts = z.output<typeof contract.familyFactsAnswer>;

function factsOf(row: store.FactsRow | null): Facts {
  if (row === null) return { aliases: [], links: [], notes: '', updatedBy: null, updatedAt: null };
  return contract.familyFactsAnswer.parse({ ...row, updatedAt: row.updatedAt.toISOString() });
}

async function find(context: Context, organisation: string, id: string): Promise<store.FamilyRow> {
  const family = await store.familyById(context.db, organisation, id);
  if (family === null) throw new AppError('not_found', { what: 'The family' });
  return family;
}

async function write(
  context: Context,
  { organisation, actor }: Principal,
  id: string,
  body: z.output<typeof contract.newFamilyFacts>,
): Promise<Facts> {
  const family = await find(context, organisation, id);
  return await inTransaction(context.db, async (tx) => {
    const before = factsOf(await store.familyFacts(tx, organisation, family));
    const facts = {
      aliases: body.aliases ?? before.aliases,
      links: body.links ?? before.links,
      notes: body.notes ?? before.notes,
    };
    await store.putFacts(tx, organisation, family, facts, actor);
    const told = { family: family.name, changed: Object.keys(body) };
    await appendAudit(tx, { organisation, actor, action: 'change-family-facts', subject: id, details: told });
    return factsOf(await store.familyFacts(tx, organisation, family));
  });
}

/** What is written down about families of these names; nothing of those about which nothing is. */
export async function factsByName(
  { db }: Pick<Context, 'db'>,
  organisation: string,
  names: readonly string[],
): Promise<Advice['families']> {
  const found: Advice['families'] = [];
  for (const name of names.slice(0, 20)) {
    const family = await findFamily(db, organisation, { name });
    const row = family === null ? null : await store.familyById(db, organisation, family.id);
    const facts = row === null ? null : await store.familyFacts(db, organisation, row);
    if (family === null || facts === null) continue;
    const { aliases, links, notes } = factsOf(facts);
    found.push({ id: family.id, name: family.name, aliases, links, notes });
  }
  return found;
}

export function familyHandlers(context: Context): Pick<Handlers, 'getFamilyFacts' | 'changeFamilyFacts'> {
  return {
    getFamilyFacts: async ({ principal, params }) => {
      const family = await find(context, principal.organisation, params.id);
      return factsOf(await store.familyFacts(context.db, principal.organisation, family));
    },
    changeFamilyFacts: ({ principal, params, body }) => write(context, principal, params.id, body),
  };
}
