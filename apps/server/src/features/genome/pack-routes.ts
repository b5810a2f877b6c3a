import { type Answer, AppError, GLOBAL_ORGANISATION } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import type { Handlers } from '../../platform/http/api.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { appendAudit } from '../accounts/read.ts';
import { REJUDGE } from '../analysis/jobs.ts';
import { exportPack } from './export-pack.ts';
import { importPack } from './import-pack.ts';
import { ownerOf } from './samples.ts';
import {
  addSigner,
  findSource,
  listSigners,
  listSources,
  removeSigner,
  revokeSource,
  type SignerRow,
  type SourceRow,
  scopeOf,
} from './source-store.ts';

type Names =
  | 'listSources'
  | 'revokeSource'
  | 'importPack'
  | 'exportPack'
  | 'listPackSigners'
  | 'addPackSigner'
  | 'removePackSigner';

function sourceResource(row: SourceRow): Answer<'revokeSource'> {
  const { id, kind, name, licence, tlp, attribution, genes, labels, createdBy } = row;
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
    createdAt: row.createdAt.toISOString(),
    createdBy,
    revoked:
      row.revokedAt === null
        ? null
        : { at: row.revokedAt.toISOString(), by: row.revokedBy ?? '', reason: row.revokedReason },
  };
}

function signerResource(row: SignerRow): Answer<'addPackSigner'> {
  return {
    publicKey: row.publicKey.toString('hex'),
    name: row.name,
    scope: scopeOf(row.organisation),
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy,
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
    const { organisation, name, genes, labels } = found;
    ownerOf(scopeOf(organisation), principal);
    if (await revokeSource(tx, organisation, id, principal.actor, reason)) {
      await appendAudit(tx, {
        organisation: principal.organisation,
        actor: principal.actor,
        action: 'revoke-source',
        subject: id,
        details: { name, reason, genes, labels, scope: scopeOf(organisation) },
      });
      await jobs.enqueue(tx, REJUDGE, [{ scope: organisation }]);
    }
    return (await findSource(tx, [organisation], id)) ?? found;
  });
}

function signerHandlers({ db }: Context): Pick<Handlers, 'listPackSigners' | 'addPackSigner' | 'removePackSigner'> {
  const change = async (principal: Principal, action: string, publicKey: string, scope: string): Promise<void> => {
    const { organisation, actor } = principal;
    await appendAudit(db, { organisation, actor, action, subject: publicKey, details: { scope } });
  };
  return {
    listPackSigners: async ({ principal }) => ({
      items: (await listSigners(db, scopesOf(principal))).map(signerResource),
    }),
    addPackSigner: async ({ principal, body }) => {
      const organisation = ownerOf(body.scope, principal);
      const publicKey = Buffer.from(body.publicKey, 'hex');
      await inTransaction(db, (tx) =>
        addSigner(tx, { organisation, publicKey, name: body.name, actor: principal.actor }),
      );
      await change(principal, 'add-pack-signer', body.publicKey, body.scope);
      const row = (await listSigners(db, [organisation])).find((signer) => signer.publicKey.equals(publicKey));
      if (row === undefined) throw new AppError('not_found', { what: 'The signer' });
      return signerResource(row);
    },
    removePackSigner: async ({ principal, params, query }) => {
      const organisation = ownerOf(query.scope, principal);
      const removed = await inTransaction(db, (tx) =>
        removeSigner(tx, organisation, Buffer.from(params.publicKey, 'hex')),
      );
      if (!removed) throw new AppError('not_found', { what: 'The signer' });
      await change(principal, 'remove-pack-signer', params.publicKey, query.scope);
      return {};
    },
  };
}

export function packHandlers(context: Context): Pick<Handlers, Names> {
  return {
    ...signerHandlers(context),
    listSources: async ({ principal }) => ({
      items: (await listSources(context.db, scopesOf(principal))).map(sourceResource),
    }),
    revokeSource: async ({ principal, params, body }) =>
      sourceResource(await revoke(context, principal, params.id, body.reason ?? null)),
    importPack: async ({ principal, query, body }) => {
      const order = {
        organisation: ownerOf(query.scope, principal),
        actor: principal.actor,
        by: principal.organisation,
      };
      const { source, known } = await importPack(context, order, body);
      return { source: sourceResource(source), known };
    },
    exportPack: async ({ principal, query }) => {
      const { scope, ...order } = query;
      return await exportPack(context, { ...order, organisation: ownerOf(scope, principal) });
    },
  };
}
