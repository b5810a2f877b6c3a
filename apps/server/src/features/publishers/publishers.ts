import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { readCertificate } from '@genehound/binary';
import { type Answer, AppError, GLOBAL_ORGANISATION } from '@genehound/contract';
import { asBodyError } from '@genehound/intake';
import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';
import type { Principal } from '../../platform/http/principal.ts';
import { type CodeSigning, LARGEST_CATALOG } from '../analysis/read.ts';
import { addCatalog, addPublisher, removeCatalog, removePublisher, type TrustContext } from './change-trust.ts';
import {
  type CatalogRow,
  catalogsOf,
  dropDrafts,
  type PublisherRow,
  publishersOf,
  type Removal,
  seenSigners,
} from './publisher-store.ts';

function removalOf({ removedAt, removedBy, removalReason }: Removal): Answer<'addPublisher'>['removed'] {
  return removedAt === null ? null : { at: removedAt.toISOString(), by: removedBy ?? '', reason: removalReason };
}

function publisherResource(row: PublisherRow): Answer<'addPublisher'> {
  const { id, subject, reason, createdBy, files } = row;
  const certificates = row.certificates.map((der) => {
    const facts = readCertificate(der);
    return {
      sha256: createHash('sha256').update(der).digest('hex'),
      subject: facts?.name ?? null,
      notAfter: new Date(facts?.notAfter ?? 0).toISOString(),
      isAuthority: facts?.isAuthority ?? false,
    };
  });
  const createdAt = row.createdAt.toISOString();
  return { id, subject, certificates, reason, createdAt, createdBy, removed: removalOf(row), files };
}

function catalogResource(row: CatalogRow): Answer<'removeCatalog'> {
  const { id, sha256, name, subject, members, weakMembers, reason, createdBy } = row;
  return {
    id,
    scope: row.organisation === GLOBAL_ORGANISATION ? 'global' : 'organisation',
    sha256,
    name,
    subject,
    members,
    weakMembers,
    reason,
    createdAt: row.createdAt.toISOString(),
    createdBy,
    removed: removalOf(row),
  };
}

/** A catalog's bytes. AppError too_large, bad_request. */
async function wholeBody(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      const bytes: Buffer = chunk;
      size += bytes.length;
      if (size > LARGEST_CATALOG) throw new AppError('too_large', { limit: LARGEST_CATALOG });
      chunks.push(bytes);
    }
  } catch (error) {
    throw asBodyError(error);
  }
  return Buffer.concat(chunks);
}

async function listCatalogs(
  { db }: Pick<Context, 'db'>,
  { organisation }: Principal,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Answer<'listCatalogs'>> {
  const rows = await catalogsOf(db, organisation, limit + 1, cursor ?? null);
  const items = rows.slice(0, limit);
  return {
    items: items.map(catalogResource),
    nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
  };
}

type Names =
  | 'listPublishers'
  | 'addPublisher'
  | 'removePublisher'
  | 'listSeenSigners'
  | 'listCatalogs'
  | 'addCatalog'
  | 'removeCatalog';

/** Whose signatures an organisation trusts. */
export function publishers(context: Context, signing: CodeSigning): Feature<Names> {
  const { db, jobs } = context;
  const trust: TrustContext = { db, jobs, signing };
  return {
    handlers: {
      listPublishers: async ({ principal }) => ({
        items: (await publishersOf(db, principal.organisation, null)).map(publisherResource),
      }),
      addPublisher: async ({ principal, body }) => publisherResource(await addPublisher(trust, principal, body)),
      removePublisher: async ({ principal, params, body }) =>
        publisherResource(await removePublisher(trust, principal, params.id, body.reason ?? null)),
      listSeenSigners: async ({ principal }) => ({ items: [...(await seenSigners(db, principal.organisation))] }),
      listCatalogs: ({ principal, query }) => listCatalogs(context, principal, query),
      addCatalog: async ({ principal, query, body }) => {
        const { row, known } = await addCatalog(trust, principal, query, await wholeBody(body));
        return { catalog: catalogResource(row), known };
      },
      removeCatalog: async ({ principal, params, body }) =>
        catalogResource(await removeCatalog(trust, principal, params.id, body.reason ?? null)),
    },
    start: async () => {
      await dropDrafts(db);
    },
  };
}
