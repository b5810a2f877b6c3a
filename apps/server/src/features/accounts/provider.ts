import { AppError } from '@genehound/contract';
import type { Log } from '@genehound/intake';
import * as oidc from 'openid-client';
import { z } from 'zod';
import type { Vault } from '../../platform/vault.ts';
import type { ProviderConfig } from './provider-config.ts';

/** Seconds that a request to the provider may take. */
const PATIENCE = 10;
/** Milliseconds after which its addresses are asked for again. */
const DISCOVERY_LASTS = 3_600_000;
/** Milliseconds that somebody has to sign in there. */
const FLOW_LASTS = 600_000;
/** Answers that are checked at the same time: each asks the provider, and anybody may send one. */
const MOST_AT_ONCE = 16;
const AGAIN_SECONDS = 5;
/** What the flow is sealed for. */
const PURPOSE = 'provider-sign-in';
/** Seconds by which the provider's clock may differ. */
const CLOCK_TOLERANCE = 30;

/** What a browser keeps, sealed, while its user is at the provider: the answer must fit it. */
const flowFacts = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), until: z.number() });

export interface Claims {
  readonly issuer: string;
  readonly subject: string;
  readonly all: Readonly<Record<string, unknown>>;
}

export interface Provider {
  readonly config: ProviderConfig;
  /** Where the browser goes, and what it is to bring back as a cookie until then. */
  begin(): Promise<{ readonly url: string; readonly flow: string; readonly until: Date }>;
  /** Who came back. `query`: of the address that the provider sent him to. AppError provider_refused, unavailable. */
  end(flow: string | null, query: string): Promise<Claims>;
  /** Where the browser signs out of the provider, too; null where that is not wanted or not offered. */
  signOutUrl(): Promise<string | null>;
}

const refused = (details: string): AppError => new AppError('provider_refused', { details });

/** What the provider or the library say, made a refusal; what is the network's is to be tried again. */
function asRefusal(error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError)
    return refused((error.error_description ?? error.error).slice(0, 300));
  // The library's own checks: state, nonce, signature, issuer, audience, time.
  if (error instanceof oidc.ClientError && error.code !== 'OAUTH_TIMEOUT' && error.code !== undefined)
    return refused(`its answer is not valid (${error.code})`);
  return new AppError('unavailable', { details: 'the sign-in provider does not answer' }, AGAIN_SECONDS);
}

async function discover(config: ProviderConfig): Promise<oidc.Configuration> {
  const issuer = new URL(config.issuer);
  const found = await oidc.discovery(
    issuer,
    config.clientId,
    { [oidc.clockTolerance]: CLOCK_TOLERANCE },
    config.clientSecret === undefined ? oidc.None() : oidc.ClientSecretBasic(config.clientSecret),
    // Only loopback is let through as plain HTTP by the file's schema.
    { timeout: PATIENCE, ...(issuer.protocol === 'http:' ? { execute: [oidc.allowInsecureRequests] } : {}) },
  );
  found.timeout = PATIENCE;
  return found;
}

interface Asking {
  /** Its addresses. AppError provider_refused, unavailable. */
  discovered(): Promise<oidc.Configuration>;
  refusalOf(error: unknown): unknown;
}

function askingOf(config: ProviderConfig, log: Log): Asking {
  let known: { readonly found: oidc.Configuration; readonly until: number } | null = null;
  let asked: Promise<oidc.Configuration> | null = null;

  /** The message goes to whoever asked; what the operator needs to mend it, a name or a certificate, to the log. */
  const refusalOf = (error: unknown): unknown => {
    const refusal = asRefusal(error);
    if (refusal !== error && refusal instanceof AppError && refusal.code === 'unavailable')
      log.warn({ err: error, issuer: config.issuer }, 'the sign-in provider cannot be asked');
    return refusal;
  };

  const rediscover = async (): Promise<oidc.Configuration> => {
    try {
      const found = await discover(config);
      known = { found, until: Date.now() + DISCOVERY_LASTS };
      return found;
    } catch (error) {
      throw refusalOf(error);
    } finally {
      asked = null;
    }
  };

  /** Anybody may have it asked: all who come meanwhile wait for one answer. */
  const discovered = async (): Promise<oidc.Configuration> => {
    if (known !== null && known.until >= Date.now()) return known.found;
    asked ??= rediscover();
    return await asked;
  };

  return { discovered, refusalOf };
}

/** The provider that the operator named. Its addresses are found when they are first needed. */
export function createProvider(config: ProviderConfig, vault: Vault, log: Log): Provider {
  const redirectUri = new URL('/sign-in/provider', config.consoleUrl).href;
  const { discovered, refusalOf } = askingOf(config, log);
  let running = 0;

  const claimsOf = async (flow: string | null, query: string): Promise<Claims> => {
    const opened = flow === null ? null : vault.open(Buffer.from(flow, 'base64url'), PURPOSE);
    const facts = opened === null ? null : flowFacts.parse(JSON.parse(opened.toString('utf8')));
    if (facts === null || facts.until < Date.now())
      throw refused('this sign-in was not begun in this browser, or took too long; begin again');
    const found = await discovered();
    const back = new URL(redirectUri);
    back.search = query;
    const tokens = await oidc.authorizationCodeGrant(found, back, {
      pkceCodeVerifier: facts.verifier,
      expectedState: facts.state,
      expectedNonce: facts.nonce,
      idTokenExpected: true,
    });
    const id = tokens.claims();
    if (id === undefined) throw refused('it named nobody');
    const more =
      found.serverMetadata().userinfo_endpoint === undefined
        ? {}
        : await oidc.fetchUserInfo(found, tokens.access_token, id.sub);
    return { issuer: id.iss, subject: id.sub, all: { ...more, ...id } };
  };

  return {
    config,
    begin: async () => {
      const found = await discovered();
      const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
      const until = Date.now() + FLOW_LASTS;
      const url = oidc.buildAuthorizationUrl(found, {
        redirect_uri: redirectUri,
        scope: config.scopes,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      const facts: z.input<typeof flowFacts> = { state, nonce, verifier, until };
      const flow = vault.seal(Buffer.from(JSON.stringify(facts)), PURPOSE).toString('base64url');
      return { url: url.href, flow, until: new Date(until) };
    },
    end: async (flow, query) => {
      if (running >= MOST_AT_ONCE) throw new AppError('too_many_requests', { seconds: AGAIN_SECONDS }, AGAIN_SECONDS);
      running += 1;
      try {
        return await claimsOf(flow, query);
      } catch (error) {
        throw refusalOf(error);
      } finally {
        running -= 1;
      }
    },
    signOutUrl: async () => {
      if (!config.signOut) return null;
      const found = await discovered();
      if (found.serverMetadata().end_session_endpoint === undefined) return null;
      const back = new URL('/sign-in', config.consoleUrl).href;
      return oidc.buildEndSessionUrl(found, { post_logout_redirect_uri: back }).href;
    },
  };
}
