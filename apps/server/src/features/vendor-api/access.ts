import { AppError, type FamilyType, type Permission, stringifyJson } from '@genehound/contract';
import { bearerOf, InvalidMessage, readSmallJson, type Spooled, sendJson } from '@genehound/intake';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { askerOf, type Principal, permits } from '../../platform/http/principal.ts';
import type { RateLimiter } from '../../platform/http/rate-limits.ts';
import type { Explaining } from '../analysis/read.ts';
import type { KnowingContext } from '../genome/read.ts';

/** Turns a bearer into who holds it; null where nobody does. */
type PrincipalOf = (bearer: string) => Promise<Principal | null>;

interface LabelledFile {
  readonly organisation: string;
  readonly actor: string;
  readonly family: string;
  readonly type: FamilyType;
  readonly source: string;
  readonly spooled: Spooled;
}

/** What every route of the adapter gets. */
export interface VendorContext {
  readonly context: KnowingContext;
  readonly principalOf: PrincipalOf;
  readonly limiter: RateLimiter;
  readonly explaining: Explaining;
  /** Labels a file for an organisation; its genes speak once it is analysed. */
  readonly labelFile: (file: LabelledFile) => Promise<{ readonly labelId: string }>;
}

/** Who asks. AppError bad_key, forbidden. */
export async function callerOf(
  { principalOf, limiter }: VendorContext,
  request: FastifyRequest,
  permission: Permission,
): Promise<Principal> {
  const principal = await principalOf(bearerOf(request));
  if (principal === null) throw new AppError('bad_key');
  await limiter.admit(request.raw, askerOf(principal));
  if (!permits(principal, permission)) throw new AppError('forbidden');
  return principal;
}

/** A part of the path, as it came. */
export function param(request: FastifyRequest, name: string): string {
  const params = z.record(z.string(), z.string()).parse(request.params);
  return params[name] ?? '';
}

const uuid = z.uuid();

/** A part of the path that is an id, or null for anything else. */
export function idParam(request: FastifyRequest, name: string): string | null {
  const id = uuid.safeParse(param(request, name));
  return id.success ? id.data.toLowerCase() : null;
}

/** The JSON body, checked; clients of this contract send one with GET, too. InvalidMessage names the field. */
export async function readMessage<T extends z.ZodType>(request: FastifyRequest, schema: T): Promise<z.output<T>> {
  const parsed = schema.safeParse(await readSmallJson(request));
  if (!parsed.success) throw new InvalidMessage(parsed.error);
  return parsed.data;
}

/** The contract's dates: RFC 1123. Its clients fail on any other form. */
export const publicDate = (value: Date): string => value.toUTCString();

export async function answer(reply: FastifyReply, status: number, body: object): Promise<void> {
  await sendJson(reply, status, stringifyJson(body));
}

/** An address of the console that shows this. */
export function consoleUrl(request: FastifyRequest, path: string): string {
  return `${request.protocol}://${request.host}${path}`;
}

/** What public clients look for in the text of a 404. */
export const ANALYSIS_NOT_FOUND = new AppError('not_found', { what: 'Analysis' });
