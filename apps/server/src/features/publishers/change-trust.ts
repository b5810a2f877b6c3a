import { createHash, X509Certificate } from 'node:crypto';
import { readCertificate } from '@genehound/binary';
import { AppError, GLOBAL_ORGANISATION, type Scope } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import { ownerOf, type Principal } from '../../platform/http/principal.ts';
import { newId } from '../../platform/ids.ts';
import { appendAudit } from '../accounts/read.ts';
import { REJUDGE } from '../analysis/jobs.ts';
import { ChildBroken, type CodeSigning, hasVoucher, insertCatalog, openPairs, putSigners } from '../analysis/read.ts';
import { advanceGeneration, lockGeneration } from '../genome/read.ts';
import {
  type CatalogRow,
  draftPublisher,
  dropDraft,
  findCatalog,
  letSpeak,
  type PublisherRow,
  publishersOf,
  removeRow,
  standingCatalog,
  standingPublishers,
} from './publisher-store.ts';

export type TrustContext = Pick<Context, 'db' | 'jobs'> & { readonly signing: CodeSigning };

/** Publishers of an organisation: a policy, not a list of the world's. */
const MOST_PUBLISHERS = 200;
/** How often signers may be seen for the first time while one publisher is being added. */
const OVERTAKEN = 10;

const refused = (details: string): AppError => new AppError('bad_request', { details });

/** A certificate that somebody gives, as PEM or DER in base64. AppError bad_request. */
function certificateOf(given: string): Uint8Array {
  try {
    const isPem = given.includes('-----BEGIN CERTIFICATE-----');
    const der = new X509Certificate(isPem ? given : Buffer.from(given, 'base64')).raw;
    if (readCertificate(der) !== null) return der;
  } catch {
    // The same as one that our own reader cannot read.
  }
  throw refused('a certificate cannot be read; give X.509 as PEM, or DER in base64');
}

function checkSubject(subject: string, certificates: readonly Uint8Array[]): void {
  if (!/^CN=/.test(subject))
    throw refused('the subject must read "CN=…" or "CN=…, O=…", as "publishers seen" shows it');
  const facts = certificates.map((der) => readCertificate(der));
  // A leaf vouches for nobody but itself.
  if (facts.every((one) => one?.isAuthority !== true && one?.name !== subject))
    throw refused('none of the certificates is that of an authority, or of this subject');
}

async function unavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ChildBroken)) throw error;
    throw new AppError('unavailable', { details: `the program that verifies signatures broke: ${error.message}` });
  }
}

export interface PublisherOrder {
  readonly subject: string;
  readonly certificates: readonly string[];
  readonly reason: string;
}

/** Begins to trust a publisher; what bears its signature is judged again. AppError bad_request, conflict, unavailable. */
export async function addPublisher(
  { db, jobs, signing }: TrustContext,
  { organisation, actor }: Principal,
  order: PublisherOrder,
): Promise<PublisherRow> {
  const { subject, reason } = order;
  const certificates = order.certificates.map(certificateOf);
  checkSubject(subject, certificates);
  const id = newId();
  await inTransaction(db, async (tx) => {
    if ((await standingPublishers(tx, organisation)) >= MOST_PUBLISHERS)
      throw new AppError('conflict', { details: `No more than ${MOST_PUBLISHERS} publishers are trusted; remove one` });
    await draftPublisher(tx, { organisation, id, subject, certificates, reason, actor });
  });
  const speak = async (tx: Tx): Promise<PublisherRow | null> => {
    // No signer is added in between, in either scope.
    for (const scope of [GLOBAL_ORGANISATION, organisation]) await lockGeneration(tx, scope);
    if ((await openPairs(tx, [subject], 1)).length > 0) return null;
    const generation = await advanceGeneration(tx, organisation);
    await letSpeak(tx, organisation, id, generation);
    const fingerprints = certificates.map((der) => createHash('sha256').update(der).digest('hex'));
    const details = { subject, certificates: fingerprints, reason };
    await appendAudit(tx, { organisation, actor, action: 'trust-publisher', subject: id, details });
    await jobs.enqueue(tx, REJUDGE, [{ scope: organisation }]);
    return (await publishersOf(tx, organisation, id))[0] ?? null;
  };
  try {
    for (let overtaken = 0; overtaken < OVERTAKEN; overtaken += 1) {
      await unavailable(signing.settle([subject]));
      const added = await inTransaction(db, speak);
      if (added !== null) return added;
    }
    throw new AppError('unavailable', {
      details: 'new signers of that name come in faster than they can be looked at',
    });
  } finally {
    await dropDraft(db, organisation, id);
  }
}

/** Ceases to trust a publisher; what it vouched for is judged again. Again for one that was removed changes nothing. */
export async function removePublisher(
  { db, jobs }: TrustContext,
  { organisation, actor }: Principal,
  id: string,
  reason: string | null,
): Promise<PublisherRow> {
  return await inTransaction(db, async (tx) => {
    const generation = await advanceGeneration(tx, organisation);
    if (await removeRow(tx, 'publisher', { organisation, id, actor, reason, generation })) {
      await appendAudit(tx, { organisation, actor, action: 'distrust-publisher', subject: id, details: { reason } });
      await jobs.enqueue(tx, REJUDGE, [{ scope: organisation }]);
    }
    const [row] = await publishersOf(tx, organisation, id);
    if (row === undefined) throw new AppError('not_found', { what: 'The publisher' });
    return row;
  });
}

export interface CatalogOrder {
  readonly scope: Scope;
  readonly name: string;
  readonly reason: string;
}

/** Takes in a catalog; what it names is judged again. AppError bad_request, forbidden, unavailable. */
export async function addCatalog(
  { db, jobs, signing }: TrustContext,
  principal: Principal,
  order: CatalogOrder,
  bytes: Buffer,
): Promise<{ readonly row: CatalogRow; readonly known: boolean }> {
  const scope = ownerOf(order.scope, principal);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const there = await standingCatalog(db, scope, sha256);
  if (there !== null) return { row: there, known: true };
  const { problem, signatures, members, weak } = await unavailable(signing.catalog(scope, bytes));
  if (problem !== null) throw refused(problem);
  if (members.length === 0) throw refused(`the catalog names nothing by SHA-256 (${weak} members by weaker digests)`);
  await inTransaction(db, (tx) => putSigners(tx, scope, signatures));
  await unavailable(signing.settle(signatures.map(({ subject }) => subject)));
  const { actor, organisation } = principal;
  return await inTransaction(db, async (tx) => {
    const before = await lockGeneration(tx, scope);
    const meanwhile = await standingCatalog(tx, scope, sha256);
    if (meanwhile !== null) return { row: meanwhile, known: true };
    // Of a signer whom nobody trusts nothing follows, and nothing is to be judged again: an image has thousands of catalogs.
    const speaks = await hasVoucher(tx, scope, signatures);
    const generation = speaks ? await advanceGeneration(tx, scope) : before;
    const { name, reason } = order;
    const id = newId();
    await insertCatalog(tx, {
      organisation: scope,
      id,
      sha256,
      name,
      members,
      weak,
      signatures,
      reason,
      actor,
      generation,
    });
    const details = { name, sha256, members: members.length, scope: order.scope, reason };
    await appendAudit(tx, { organisation, actor, action: 'add-catalog', subject: id, details });
    if (speaks) await jobs.enqueue(tx, REJUDGE, [{ scope }]);
    const row = await findCatalog(tx, [scope], id);
    if (row === null) throw new Error('The catalog is not there');
    return { row, known: false };
  });
}

/** Takes a catalog back. AppError not_found; forbidden for a global one to all but operators. */
export async function removeCatalog(
  { db, jobs }: TrustContext,
  principal: Principal,
  id: string,
  reason: string | null,
): Promise<CatalogRow> {
  const { organisation, actor, roles } = principal;
  const scopes = [GLOBAL_ORGANISATION, organisation];
  return await inTransaction(db, async (tx) => {
    const found = await findCatalog(tx, scopes, id);
    if (found === null) throw new AppError('not_found', { what: 'The catalog' });
    const scope = found.organisation;
    if (scope === GLOBAL_ORGANISATION && !roles.includes('operator')) throw new AppError('forbidden');
    const generation = await advanceGeneration(tx, scope);
    if (await removeRow(tx, 'catalog', { organisation: scope, id, actor, reason, generation })) {
      await appendAudit(tx, { organisation, actor, action: 'remove-catalog', subject: id, details: { reason } });
      await jobs.enqueue(tx, REJUDGE, [{ scope }]);
    }
    return (await findCatalog(tx, scopes, id)) ?? found;
  });
}
