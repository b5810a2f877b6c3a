import { PERMISSIONS } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import { createKey } from './create-key.ts';
import { revokeKey } from './revoke-key.ts';
import { type KeyRow, listKeys } from './store.ts';

function resource(row: KeyRow) {
  const permission = PERMISSIONS.find((known) => known === row.permission) ?? 'scan';
  return {
    id: row.id,
    name: row.name,
    permission,
    huntId: row.huntId,
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    requestsPerMinute: row.requestsPerMinute,
    bytesPerHour: row.bytesPerHour,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}

export function keys(context: Context): Feature<'listKeys' | 'createKey' | 'revokeKey'> {
  return {
    handlers: {
      listKeys: async ({ principal }) => ({
        items: (await listKeys(context.db, principal.organisation)).map(resource),
      }),
      createKey: async ({ principal, body }) => {
        const created = await createKey(context.db, principal, body);
        return { ...resource(created), secret: created.secret };
      },
      revokeKey: async ({ principal, params }) => resource(await revokeKey(context.db, principal, params.id)),
    },
  };
}
