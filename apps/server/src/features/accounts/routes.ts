import { AppError, type RouteName } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Principal, SessionFacts } from '../../platform/http/principal.ts';
import { secretHash } from '../../platform/ids.ts';
import { auditLinks } from './audit-store.ts';
import type { Door } from './door.ts';
import { createProvider, type Provider } from './provider.ts';
import { readProviderConfig } from './provider-config.ts';
import { signInByProvider } from './provider-sign-in.ts';
import { principalOf, rolesOf } from './read.ts';
import { confirmSecondFactor, offerSecondFactor, removeSecondFactor, sealSecrets } from './second-factor.ts';
import { countRecoveryCodes } from './second-factor-store.ts';
import { signIn } from './service.ts';
import { deleteOwnSession, deleteSession, listSessions } from './session-store.ts';
import { findUser, listOrganisations, listUsers, type OrganisationRow, type UserRow } from './store.ts';
import { createThrottle } from './throttle.ts';
import { base32 } from './totp.ts';
import {
  changeLimits,
  changePassword,
  changeUser,
  createOrganisation,
  createUser,
  endUserSessions,
  resetUser,
} from './users.ts';

function meOf(principal: Principal) {
  const { name, organisation, roles, permission } = principal;
  return { name, organisation, roles: [...roles], permission };
}

function resource(row: UserRow) {
  return {
    id: row.id,
    name: row.name,
    roles: [...rolesOf(row.roles)],
    createdAt: row.createdAt.toISOString(),
    createdBy: row.createdBy,
    disabledAt: row.disabledAt?.toISOString() ?? null,
    lastSignInAt: row.lastSignInAt?.toISOString() ?? null,
    secondFactor: row.secondFactor,
    mustChangePassword: row.mustChangePassword,
    sessions: row.sessions,
  };
}

/** The local key has the roles of a user but is none. AppError forbidden. */
function sessionOf({ session }: Principal): SessionFacts {
  if (session === null) throw new AppError('forbidden');
  return session;
}

type Handlers<N extends RouteName> = Feature<N>['handlers'];

function ownHandlers(
  door: Door,
): Handlers<'getMe' | 'getOwnAccount' | 'changePassword' | 'listSessions' | 'endSession'> {
  const { db } = door;
  return {
    getMe: async ({ principal }) => meOf(principal),
    getOwnAccount: async ({ principal }) => {
      const { userId } = sessionOf(principal);
      const user = await findUser(db, principal.organisation, userId);
      if (user === null) throw new AppError('not_signed_in');
      const { secondFactor, mustChangePassword } = user;
      return {
        ...meOf(principal),
        secondFactor,
        mustChangePassword,
        recoveryCodes: await countRecoveryCodes(db, { organisation: principal.organisation, id: userId }),
      };
    },
    changePassword: async ({ principal, body }) => {
      const { id, userId } = sessionOf(principal);
      await changePassword(door, { principal, userId, sessionId: id }, body);
      return {};
    },
    listSessions: async ({ principal }) => {
      const { id, userId } = sessionOf(principal);
      const rows = await listSessions(db, { organisation: principal.organisation, id: userId });
      const items = rows.map((row) => ({
        ...row,
        method: row.method === 'provider' ? ('provider' as const) : ('password' as const),
        createdAt: row.createdAt.toISOString(),
        lastSeenAt: row.lastSeenAt.toISOString(),
        expiresAt: row.expiresAt.toISOString(),
        current: row.id === id,
      }));
      return { items };
    },
    endSession: async ({ principal, params }) => {
      const { userId } = sessionOf(principal);
      const ended = await deleteOwnSession(db, { organisation: principal.organisation, id: userId }, params.id);
      if (!ended) throw new AppError('not_found', { what: 'The session' });
      return {};
    },
  };
}

function secondFactorHandlers(
  door: Door,
): Handlers<'offerSecondFactor' | 'confirmSecondFactor' | 'removeSecondFactor'> {
  return {
    offerSecondFactor: async ({ principal, body }) => {
      sessionOf(principal);
      const { secret, uri } = await offerSecondFactor(door, principal.name, body.password);
      return { secret: base32(secret), uri };
    },
    confirmSecondFactor: async ({ principal, body }) => {
      const owner = { name: principal.name, sessionId: sessionOf(principal).id };
      return { codes: [...(await confirmSecondFactor(door, owner, body.code))] };
    },
    removeSecondFactor: async ({ principal, body }) => {
      sessionOf(principal);
      await removeSecondFactor(door, principal.name, body);
      return {};
    },
  };
}

function userHandlers({
  db,
}: Context): Handlers<'listUsers' | 'createUser' | 'changeUser' | 'resetUser' | 'endUserSessions'> {
  return {
    listUsers: async ({ principal }) => ({ items: (await listUsers(db, principal.organisation)).map(resource) }),
    createUser: async ({ principal, body }) => {
      const { user, password } = await createUser(db, principal, body);
      return { ...resource(user), password };
    },
    changeUser: async ({ principal, params, body }) => resource(await changeUser(db, principal, params.id, body)),
    resetUser: async ({ principal, params }) => {
      const { user, password } = await resetUser(db, principal, params.id);
      return { ...resource(user), password };
    },
    endUserSessions: async ({ principal, params }) => resource(await endUserSessions(db, principal, params.id)),
  };
}

function organisationResource(row: OrganisationRow) {
  const { id, name, users, requestsPerMinute, bytesPerHour, scansPerMonth, filesPerMonth } = row;
  const limits = { requestsPerMinute, bytesPerHour, scansPerMonth, filesPerMonth };
  return { id, name, users, createdAt: row.createdAt.toISOString(), limits };
}

function organisationHandlers({
  db,
}: Context): Handlers<'listOrganisations' | 'createOrganisation' | 'changeOrganisation'> {
  const listed = async () => (await listOrganisations(db)).map(organisationResource);
  const one = async (id: string) => {
    const found = (await listed()).find((organisation) => organisation.id === id);
    if (found === undefined) throw new AppError('not_found', { what: 'The organisation' });
    return found;
  };
  return {
    listOrganisations: async () => ({ items: await listed() }),
    createOrganisation: async ({ principal, body }) => {
      const { id, user, password } = await createOrganisation(db, principal, body);
      return { organisation: await one(id), administrator: { ...resource(user), password } };
    },
    changeOrganisation: async ({ principal, params, body }) => {
      await changeLimits(db, principal, params.id, body.limits);
      return await one(params.id);
    },
  };
}

function doorHandlers(door: Door, provider: () => Provider | null): Handlers<'signIn' | 'signOut' | 'listAudit'> {
  const { db } = door;
  return {
    signIn: async ({ body, session, address, browser }) => {
      const { account, token, expiresAt } = await signIn(door, { ...body, address, browser });
      session.set(token, expiresAt);
      return meOf(principalOf(account));
    },
    signOut: async ({ session }) => {
      const method = session.token === null ? null : await deleteSession(db, secretHash(session.token));
      session.clear();
      // He is out of here whatever the provider does.
      const url =
        method === 'provider'
          ? await provider()
              ?.signOutUrl()
              .catch(() => null)
          : null;
      return { url: url ?? null };
    },
    listAudit: async ({ principal, query: { cursor, limit } }) => {
      const found = await auditLinks(db, principal.organisation, cursor, limit + 1);
      const items = found.slice(0, limit);
      return { items, nextCursor: found.length > limit ? (items.at(-1)?.position ?? null) : null };
    },
  };
}

function providerHandlers(
  door: Door,
  provider: () => Provider | null,
): Handlers<'getSignInWays' | 'beginProviderSignIn' | 'endProviderSignIn'> {
  const named = (): Provider => {
    const found = provider();
    if (found === null) throw new AppError('not_found', { what: 'A sign-in provider' });
    return found;
  };
  return {
    getSignInWays: async () => ({ provider: provider()?.config.name ?? null }),
    beginProviderSignIn: async ({ flow }) => {
      const begun = await named().begin();
      flow.set(begun.flow, begun.until);
      return { url: begun.url };
    },
    endProviderSignIn: async ({ body, session, flow, address, browser }) => {
      const came = { flow: flow.token, query: body.query, address, browser };
      flow.clear();
      const { account, token, expiresAt } = await signInByProvider(door, named(), came);
      session.set(token, expiresAt);
      return meOf(principalOf(account));
    },
  };
}

/** Organisations, users, sign-in, sessions, the audit log. */
export function accounts(context: Context) {
  const { db, vault, log } = context;
  const door: Door = { db, vault, throttle: createThrottle(db) };
  let provider: Provider | null = null;
  const handlers = {
    ...doorHandlers(door, () => provider),
    ...providerHandlers(door, () => provider),
    ...ownHandlers(door),
    ...secondFactorHandlers(door),
    ...userHandlers(context),
    ...organisationHandlers(context),
  };
  const start = async (): Promise<void> => {
    const { signInProvider } = context.config;
    if (signInProvider !== null) provider = createProvider(await readProviderConfig(signInProvider), vault, log);
    const sealed = await sealSecrets(db, vault);
    if (sealed > 0) log.info({ sealed }, 'secrets of second factors that lay open in the database are sealed');
  };
  return { handlers, start } satisfies Feature<keyof typeof handlers>;
}
