import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import { newId } from '../../platform/ids.ts';
import { insertHunt, listHunts } from './store.ts';

export function hunts(context: Context): Feature<'listHunts' | 'createHunt'> {
  return {
    handlers: {
      listHunts: async ({ principal }) => {
        const rows = await listHunts(context.db, principal.organisation);
        const items = rows.map((row) => ({
          ...row,
          targets: [...row.targets],
          createdAt: row.createdAt.toISOString(),
        }));
        return { items };
      },
      createHunt: async ({ principal, body }) => {
        const id = newId();
        const { organisation, actor } = principal;
        const createdAt = await insertHunt(context.db, { organisation, id, createdBy: actor, ...body });
        return { id, name: body.name, createdAt: createdAt.toISOString(), targets: body.targets, scans: 0 };
      },
    },
  };
}
