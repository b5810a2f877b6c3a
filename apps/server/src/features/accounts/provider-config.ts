import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ROLES, type Role } from '@genehound/contract';
import { z } from 'zod';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** Over plain HTTP anybody on the way could name himself whom he likes; on this machine there is no way. */
const safeUrl = z.url().refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname));
}, 'an address with https:');

/** Who gets in, where, and as what: by a claim of the provider's, which holds this value or lists it. */
const rule = z.strictObject({
  claim: z.string().min(1),
  value: z.union([z.string(), z.boolean()]),
  /** The name of an organisation that exists. */
  organisation: z.string().min(1),
  roles: z.array(z.enum(ROLES)).min(1),
});

const file = z.strictObject({
  /** Stands on the button of the console. */
  name: z.string().trim().min(1).max(60),
  issuer: safeUrl,
  clientId: z.string().min(1),
  /** Without both the client is a public one, which PKCE protects all the same. */
  clientSecret: z.string().min(1).optional(),
  /** Beside this file where it is a relative path. */
  clientSecretFile: z.string().min(1).optional(),
  /** The host root by which browsers reach the console: the provider sends them back to `/sign-in/provider` there. */
  consoleUrl: safeUrl,
  scopes: z.string().default('openid profile'),
  /** What an account is called; it opens nothing: accounts are known by issuer and subject. */
  nameClaim: z.string().min(1).default('preferred_username'),
  /** Whether signing out here signs out there. */
  signOut: z.boolean().default(true),
  rules: z.array(rule).min(1).max(1_000),
});

export type ProviderRule = z.output<typeof rule>;
export type ProviderConfig = Omit<z.output<typeof file>, 'clientSecretFile'>;

/** Throws an Error of one sentence that names the file and what is wrong with it. */
export async function readProviderConfig(path: string): Promise<ProviderConfig> {
  const told = (why: string): Error => new Error(`The sign-in provider of ${path} cannot be used: ${why}`);
  try {
    const { clientSecretFile, ...config } = file.parse(JSON.parse(await readFile(path, 'utf8')));
    if (clientSecretFile === undefined) return config;
    const clientSecret = (await readFile(resolve(dirname(path), clientSecretFile), 'utf8')).trim();
    return { ...config, clientSecret };
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw told(error instanceof Error ? error.message : String(error));
    const [issue] = error.issues;
    throw told(`${issue?.path.join('.') || 'its content'}: ${issue?.message ?? ''}`);
  }
}

/** What the rules give to these claims: the first rule that fits says the organisation, all of it that fit the roles. */
export function assignment(
  rules: readonly ProviderRule[],
  claims: Readonly<Record<string, unknown>>,
): { readonly organisation: string; readonly roles: readonly Role[] } | null {
  const fitting = rules.filter(({ claim, value }) => {
    const given = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    return given === value || (Array.isArray(given) && given.includes(value));
  });
  const organisation = fitting[0]?.organisation;
  if (organisation === undefined) return null;
  const given = fitting.filter((one) => one.organisation === organisation).flatMap(({ roles }) => roles);
  return { organisation, roles: ROLES.filter((role) => given.includes(role)) };
}
