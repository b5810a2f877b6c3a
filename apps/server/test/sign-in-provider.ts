import { once } from 'node:events';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

/** Who signs in there next, and what the provider says of him. */
export interface Person {
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A real OpenID Connect provider on loopback, whose users type nothing: `person` is who sits before it. */
export interface TestProvider {
  readonly issuer: string;
  person: Person | null;
  close(): void;
}

const CLAIMS = ['preferred_username', 'email', 'email_verified', 'groups', 'name'];

export async function startProvider(client: { id: string; secret: string; consoleUrl: string }): Promise<TestProvider> {
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const issuer = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const people = new Map<string, Person>();
  const state: { person: Person | null } = { person: null };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [`${client.consoleUrl}/sign-in/provider`],
        post_logout_redirect_uris: [`${client.consoleUrl}/sign-in`],
      },
    ],
    claims: { openid: ['sub'], profile: CLAIMS },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    interactions: { url: (_context, interaction) => `/people/${interaction.uid}` },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id, ...people.get(id)?.claims }) }),
    loadExistingGrant: async (context) => {
      const grant = new context.oidc.provider.Grant({
        clientId: context.oidc.client?.clientId ?? '',
        accountId: context.oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  http.on('request', (request, response) => {
    if (request.url?.startsWith('/people/') !== true) return void answer(request, response);
    const { person } = state;
    if (person !== null) people.set(person.subject, person);
    const result =
      person === null
        ? { error: 'access_denied', error_description: 'nobody sits here' }
        : { login: { accountId: person.subject, remember: false } };
    void provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  });
  const close = (): void => {
    http.close();
    http.closeAllConnections();
  };
  return Object.assign(state, { issuer, close });
}

/** Follows the provider's pages as a browser with its cookies does; the query with which it sends him back. */
export async function visit(url: string, back: string): Promise<string> {
  const cookies = new Map<string, string>();
  let next = url;
  for (let hop = 0; hop < 10; hop += 1) {
    if (next.startsWith(back)) return new URL(next).search;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(next, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/);
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`The provider answered ${response.status}: ${await response.text()}`);
    next = new URL(location, next).href;
  }
  throw new Error('The provider sends in circles');
}
