import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { secretHash } from '../../platform/ids.ts';
import { auditLinks } from './audit-store.ts';
import { principalOf } from './read.ts';
import { signIn } from './service.ts';
import { deleteSession } from './store.ts';
import { createThrottle } from './throttle.ts';

function meOf(principal: Principal) {
  const { name, organisation, roles, permission } = principal;
  return { name, organisation, roles: [...roles], permission };
}

export function accounts(context: Context): Feature<'signIn' | 'signOut' | 'getMe' | 'listAudit'> {
  const throttle = createThrottle();
  return {
    handlers: {
      signIn: async ({ body, session }) => {
        const { account, token, expiresAt } = await signIn(context.db, throttle, body.name, body.password);
        session.set(token, expiresAt);
        return meOf(principalOf(account));
      },
      signOut: async ({ session }) => {
        if (session.token !== null) await deleteSession(context.db, secretHash(session.token));
        session.clear();
        return {};
      },
      listAudit: async ({ principal, query: { cursor, limit } }) => {
        const found = await auditLinks(context.db, principal.organisation, cursor, limit + 1);
        const items = found.slice(0, limit);
        return { items, nextCursor: found.length > limit ? (items.at(-1)?.position ?? null) : null };
      },
      getMe: async ({ principal }) => meOf(principal),
    },
  };
}
