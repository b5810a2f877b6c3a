import { type Answer, AppError, GLOBAL_ORGANISATION } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import type { Handlers } from '../../platform/http/api.ts';
import { ownerOf, type Principal } from '../../platform/http/principal.ts';
import { appendAudit } from '../accounts/read.ts';
import { exportPack } from './export-pack.ts';
import { importPack } from './import-pack.ts';
import { sourceResource } from './source-routes.ts';
import { addSigner, listSigners, removeSigner, type SignerRow, scopeOf } from './source-store.ts';

type Names = 'importPack' | 'exportPack' | 'listPackSigners' | 'addPackSigner' | 'removePackSigner';

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

function signerHandlers({ db }: Context): Pick<Handlers, 'listPackSigners' | 'addPackSigner' | 'removePackSigner'> {
  const change = async (
    tx: Tx,
    principal: Principal,
    action: string,
    publicKey: string,
    scope: string,
  ): Promise<void> => {
    const { organisation, actor } = principal;
    await appendAudit(tx, { organisation, actor, action, subject: publicKey, details: { scope } });
  };
  return {
    listPackSigners: async ({ principal }) => ({
      items: (await listSigners(db, scopesOf(principal))).map(signerResource),
    }),
    addPackSigner: async ({ principal, body }) => {
      const organisation = ownerOf(body.scope, principal);
      const publicKey = Buffer.from(body.publicKey, 'hex');
      await inTransaction(db, async (tx) => {
        await addSigner(tx, { organisation, publicKey, name: body.name, actor: principal.actor });
        await change(tx, principal, 'add-pack-signer', body.publicKey, body.scope);
      });
      const row = (await listSigners(db, [organisation])).find((signer) => signer.publicKey.equals(publicKey));
      if (row === undefined) throw new AppError('not_found', { what: 'The signer' });
      return signerResource(row);
    },
    removePackSigner: async ({ principal, params, query }) => {
      const organisation = ownerOf(query.scope, principal);
      await inTransaction(db, async (tx) => {
        const removed = await removeSigner(tx, organisation, Buffer.from(params.publicKey, 'hex'));
        if (!removed) throw new AppError('not_found', { what: 'The signer' });
        await change(tx, principal, 'remove-pack-signer', params.publicKey, query.scope);
      });
      return {};
    },
  };
}

export function packHandlers(context: Context): Pick<Handlers, Names> {
  return {
    ...signerHandlers(context),
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
