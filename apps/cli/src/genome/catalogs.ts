import { basename } from 'node:path';
import { ApiError, type Client, type Scope } from '@genehound/contract';

/** Bytes of a catalog, as the server takes them. */
export const LARGEST_CATALOG = 2 ** 26;

/** Object identifiers as they stand in DER: signed data of PKCS #7, and the list of a catalog in it. */
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex');
const TRUST_LIST = Buffer.from('06092b060104018237', 'hex');
const LIST_END = Buffer.from('0a01', 'hex');
const LOOKED_AT = 128;

/** True where a file's first bytes are those of a catalog (.cat). */
export function isCatalog(head: Uint8Array): boolean {
  const start = Buffer.from(head.subarray(0, LOOKED_AT));
  const at = start[0] === 0x30 ? start.indexOf(SIGNED_DATA) : -1;
  const list = at < 0 || at > 6 ? -1 : start.indexOf(TRUST_LIST, at);
  return list >= 0 && start.indexOf(LIST_END, list) === list + TRUST_LIST.length;
}

export interface CatalogCounts {
  /** Taken in now, and there before. */
  catalogs: number;
  knownCatalogs: number;
  readonly problems: string[];
}

/** Hands a catalog of an image to the server; one that it refuses costs one sentence. */
export async function handInCatalog(
  client: Client,
  scope: Scope,
  where: { readonly image: string; readonly path: string },
  bytes: Uint8Array,
  done: CatalogCounts,
): Promise<void> {
  const name = basename(where.path.replaceAll('\\', '/')).slice(0, 300) || 'catalog';
  const reason = `On the image ${basename(where.image)}: ${where.path}`.slice(0, 1_000);
  try {
    const { known } = await client.call('addCatalog', { query: { scope, name, reason }, body: bytes });
    if (known) done.knownCatalogs += 1;
    else done.catalogs += 1;
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'bad_request')) throw error;
    done.problems.push(`${where.path}: ${error.message}`);
  }
}
