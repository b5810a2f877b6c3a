import { z } from 'zod';
import { ROLES } from '../vocabulary.ts';
import { id, me, time } from './resources.ts';

/** Who may use this installation: organisations, their users, how they sign in, and their sessions. */

export const accountName = z
  .string()
  .trim()
  .min(1)
  .max(200)
  // Names stand in records of who did what, and in logs.
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}.@_+ -]*$/u, 'letters, digits, and . @ _ + - space between them');
const roles = z.array(z.enum(ROLES)).min(1).max(ROLES.length);
/** Length is what makes a password strong (NIST SP 800-63B); the server refuses what is too simple. */
const password = z.string().min(1).max(1000);

export const user = z.object({
  id,
  name: z.string(),
  roles: z.array(z.enum(ROLES)),
  createdAt: time,
  createdBy: z.string(),
  disabledAt: time.nullable(),
  lastSignInAt: time.nullable(),
  /** Signs in with a code beside the password. */
  secondFactor: z.boolean(),
  /** Has an initial password that must be replaced at the next sign-in. */
  mustChangePassword: z.boolean(),
  sessions: z.int(),
});
export const userList = z.object({ items: z.array(user) });
export const newUser = z.object({ name: accountName, roles });
/** `password` opens the account once, to choose another, and is shown this once. */
export const createdUser = user.extend({ password: z.string() });
export const changedUser = z.object({ roles: roles.optional(), disabled: z.boolean().optional() });

/** Null: what the installation's options say, and for months no end. */
const limits = z.object({
  requestsPerMinute: z.int().positive().max(100_000_000).nullable(),
  bytesPerHour: z.int().positive().nullable(),
  /** Of endpoints, in a calendar month. */
  scansPerMonth: z.int().min(0).max(2_000_000_000).nullable(),
  /** Analysed by the public contract, in a calendar month. */
  filesPerMonth: z.int().min(0).max(2_000_000_000).nullable(),
});
export const organisation = z.object({ id, name: z.string(), createdAt: time, users: z.int(), limits });
/** What is not named stays. */
export const changedOrganisation = z.object({ limits: limits.partial() });
export const organisationList = z.object({ items: z.array(organisation) });
export const newOrganisation = z.object({
  name: z.string().trim().min(1).max(200),
  /** The account of its first administrator. */
  administrator: accountName,
});
export const createdOrganisation = z.object({ organisation, administrator: createdUser });

export const signIn = z.object({
  name: z.string().min(1).max(200),
  password,
  /** Of the second factor: six digits, or a recovery code. */
  code: z.string().max(100).optional(),
});
/** How one may sign in beside by password: the name of the provider, for a button, or null. */
export const signInWays = z.object({ provider: z.string().nullable() });
/** Where the browser goes. */
export const providerAddress = z.object({ url: z.url() });
/** What stands behind the question mark of the address to which the provider sent the browser. */
export const providerAnswer = z.object({ query: z.string().max(8_192) });
/** Where the browser goes to sign out of the provider, too; null where it signed in otherwise. */
export const signedOut = z.object({ url: z.url().nullable() });
export const newPassword = z.object({ current: password, password });

export const ownAccount = me.extend({
  secondFactor: z.boolean(),
  /** Recovery codes that are left. */
  recoveryCodes: z.int(),
  mustChangePassword: z.boolean(),
});

export const session = z.object({
  id,
  createdAt: time,
  lastSeenAt: time,
  expiresAt: time,
  address: z.string(),
  /** As the browser names itself: a claim. */
  browser: z.string(),
  method: z.enum(['password', 'provider']),
  current: z.boolean(),
});
export const sessionList = z.object({ items: z.array(session) });

/** To be confirmed with a first code; `uri` is what a QR code shows to the application that makes the codes. */
export const secondFactorOffer = z.object({ secret: z.string(), uri: z.string() });
export const withPassword = z.object({ password });
export const withPasswordAndCode = z.object({ password, code: z.string().max(100) });
export const withCode = z.object({ code: z.string().min(1).max(100) });
/** Each opens the account once in place of a code; shown this once. */
export const recoveryCodes = z.object({ codes: z.array(z.string()) });
