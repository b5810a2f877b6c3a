import { type Answer, AppError, GLOBAL_ORGANISATION, type sources } from '@genehound/contract';
import type { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import type { Handlers } from '../../platform/http/api.ts';
import { ownerOf, type Principal } from '../../platform/http/principal.ts';
import { appendAudit } from '../accounts/read.ts';
import { REJUDGE } from '../analysis/jobs.ts';
import { insertKnownFiles, putProducts } from './known-store.ts';
import { putFamily } from './label-store.ts';
import { insertPackLabels } from './pack-store.ts';
import {
  activateLabelsOf,
  findSource,
  insertSource,
  listSources,
  revokeSource,
  type SourceRow,
  scopeOf,
  standingSource,
} from './source-store.ts';

type Names = 'listSources' | 'addSource' | 'revokeSource' | 'addKnownFiles';

export function sourceResource(row: SourceRow): Answer<'revokeSource'> {
  const { id, kind, name, licence, tlp, attribution, genes, labels, files, createdBy } = row;
  return {
    id,
    scope: scopeOf(row.organisation),
    kind,
    name,
    licence,
    tlp,
    attribution,
    date: row.dated?.toISOString() ?? null,
    signer: row.signer?.toString('hex') ?? null,
    sha256: row.sha256?.toString('hex') ?? null,
    genes,
    labels,
    files,
    createdAt: row.createdAt.toISOString(),
    createdBy,
    revoked:
      row.revokedAt === null
        ? null
        : { at: row.revokedAt.toISOString(), by: row.revokedBy ?? '', reason: row.revokedReason },
  };
}

const scopesOf = (principal: Principal): readonly string[] => [GLOBAL_ORGANISATION, principal.organisation];

/** Takes a source back as a whole; again for one that was taken back changes nothing. */
async function revoke(
  { db, jobs }: Context,
  principal: Principal,
  id: string,
  reason: string | null,
): Promise<SourceRow> {
  return await inTransaction(db, async (tx) => {
    const found = await findSource(tx, scopesOf(principal), id);
    if (found === null) throw new AppError('not_found', { what: 'The source' });
    const { organisation, name, genes, labels, files } = found;
    ownerOf(scopeOf(organisation), principal);
    if (await revokeSource(tx, organisation, id, principal.actor, reason)) {
      await appendAudit(tx, {
        organisation: principal.organisation,
        actor: principal.actor,
        action: 'revoke-source',
        subject: id,
        details: { name, reason, genes, labels, files, scope: scopeOf(organisation) },
      });
      await jobs.enqueue(tx, REJUDGE, [{ scope: organisation }]);
    }
    return (await findSource(tx, [organisation], id)) ?? found;
  });
}

type NewSource = z.output<typeof sources.newSource>;

/** The same words name the same source, so that an import can be taken up again; other words under its name do not. */
async function add({ db }: Context, principal: Principal, body: NewSource): Promise<SourceRow> {
  const { kind, name, licence, tlp, attribution, date, scope } = body;
  const organisation = ownerOf(scope, principal);
  return await inTransaction(db, async (tx) => {
    const before = await standingSource(tx, organisation, name);
    if (before !== null) {
      const isSame = before.kind === kind && before.licence === licence && before.tlp === tlp;
      if (isSame && before.attribution === attribution) return before;
      const details = `There is a source ${before.name} already, with another kind, licence, TLP or attribution`;
      throw new AppError('conflict', { details });
    }
    const dated = date === undefined ? null : new Date(date);
    const createdBy = principal.actor;
    const source = {
      organisation,
      kind,
      name,
      licence,
      tlp,
      attribution,
      dated,
      signer: null,
      sha256: null,
      createdBy,
    };
    const id = await insertSource(tx, source);
    await appendAudit(tx, {
      organisation: principal.organisation,
      actor: principal.actor,
      action: 'add-source',
      subject: id,
      details: { kind, name, licence, tlp, scope },
    });
    const row = await findSource(tx, [organisation], id);
    if (row === null) throw new Error('The source is not there');
    return row;
  });
}

type KnownFile = z.output<typeof sources.knownFile>;

/** Hacking tools become samples of an administration tool, by their hash: suspicious wherever they are seen. */
async function labelTools(
  tx: Tx,
  source: { readonly organisation: string; readonly id: string; readonly name: string; readonly actor: string },
  tools: readonly KnownFile[],
): Promise<number> {
  const families = new Map<string, string | null>();
  const labels = [];
  for (const { product, sha256 } of tools) {
    let family = families.get(product);
    if (family === undefined) {
      const row = await putFamily(tx, source.organisation, product.slice(0, 200), 'administration_tool');
      // A family of that name that is something else: what somebody decided stands.
      family = row.type === 'administration_tool' ? row.id : null;
      families.set(product, family);
    }
    if (family !== null) labels.push({ sha256: Buffer.from(sha256, 'hex'), layout: 'file', family } as const);
  }
  if (labels.length === 0) return 0;
  await insertPackLabels(tx, source, labels);
  await activateLabelsOf(tx, source.organisation, source.id, labels.length);
  return labels.length;
}

async function addFiles(
  { db, jobs }: Context,
  principal: Principal,
  id: string,
  items: readonly KnownFile[],
): Promise<Answer<'addKnownFiles'>> {
  return await inTransaction(db, async (tx) => {
    const source = await findSource(tx, scopesOf(principal), id);
    if (source === null || source.kind !== 'hashes') throw new AppError('not_found', { what: 'The source of hashes' });
    const organisation = ownerOf(scopeOf(source.organisation), principal);
    if (source.revokedAt !== null) throw new AppError('conflict', { details: 'The source was revoked' });
    const products = items.map(({ product, version, manufacturer }) => ({ name: product, version, manufacturer }));
    const ids = await putProducts(tx, organisation, id, products);
    const files = items.map(({ sha256 }, i) => ({ sha256, product: ids[i] ?? 0 }));
    const added = await insertKnownFiles(tx, organisation, id, files);
    const tools = items.filter(({ tool }) => tool);
    // A batch that was sent twice, for its answer was lost, must not label twice.
    if (added > 0 && tools.length > 0) {
      const by = { organisation, id, name: source.name, actor: principal.actor };
      if ((await labelTools(tx, by, tools)) > 0) await jobs.enqueue(tx, REJUDGE, [{ scope: organisation }]);
    }
    return { added, known: items.length - added };
  });
}

export function sourceHandlers(context: Context): Pick<Handlers, Names> {
  return {
    listSources: async ({ principal }) => ({
      items: (await listSources(context.db, scopesOf(principal))).map(sourceResource),
    }),
    addSource: async ({ principal, body }) => sourceResource(await add(context, principal, body)),
    revokeSource: async ({ principal, params, body }) =>
      sourceResource(await revoke(context, principal, params.id, body.reason ?? null)),
    addKnownFiles: async ({ principal, params, body }) => await addFiles(context, principal, params.id, body.items),
  };
}
