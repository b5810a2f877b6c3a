import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { detectFormat, readVersionInfo, type VersionInfo } from '@genehound/binary';
import type { Client, FamilyType } from '@genehound/contract';
import { ArchiveError } from '../archive/archive-error.ts';
import { type ArchivedImage, imagesIn } from '../archive/images-in.ts';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { readErrorReason } from '../read-error.ts';
import { handInCatalog, isCatalog } from './catalogs.ts';
import type { ImportTarget } from './import-samples.ts';
import { LARGEST_SAMPLE } from './index-package.ts';
import { LabelBatches } from './label-batches.ts';
import { sha256Of } from './label-samples.ts';

export interface ImagesBuilt {
  /** Windows programs and libraries. */
  files: number;
  added: number;
  known: number;
  /** Of those: files that name no product. */
  unnamed: number;
  /** Files of other kinds. */
  skipped: number;
  /** Files that an update holds as differences to another version: their code stays unknown. */
  deltas: number;
  /** Lists of digests that somebody signed: taken in now, and there before. */
  catalogs: number;
  knownCatalogs: number;
  readonly problems: string[];
}

export interface ImageFamilies {
  /** What all of them are. */
  readonly type: FamilyType;
  /** The family of files that name no product. */
  readonly otherwise: string;
}

const LONGEST_FAMILY = 200;
const LONGEST_SOURCE = 1_000;
const REASON = 'On an image that was named as genuine; the product is what the version resource says';

/** SHA-256 of a file of any size. Failure where it cannot be read. */
export async function hashOfImage(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  } catch (error) {
    throw new Failure(EXIT.failed, `${path} cannot be read: ${readErrorReason(error)}.`);
  }
  return hash.digest('hex');
}

/** Products write their marks now so, now so: a family has one name. */
function familyOfProduct(product: string): string {
  return product
    .replaceAll(/[®™©]|\((?:r|tm|c)\)/giu, '')
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_FAMILY);
}

/** MSDelta (PA30, PA31, behind a check sum in updates) and the compressed files of component stores. */
function isDelta(head: Uint8Array): boolean {
  const text = Buffer.from(head.subarray(0, 8)).toString('latin1');
  const isCompressed = text.startsWith('DC') && 'DMSNHX'.includes(text[2] ?? ' ') && head[3] === 1;
  return isCompressed || [0, 4].some((at) => ['PA30', 'PA31'].includes(text.slice(at, at + 4)));
}

/** For people: where the file lies, and what it says of its version and maker. */
function sourceOf(image: string, path: string, info: VersionInfo | null): string {
  const version = info?.fileVersion || info?.productVersion || '';
  const company = info === null || info.company === '' ? '' : `(${info.company})`;
  return [`${basename(image)}: ${path}`, version, company].filter(Boolean).join(' ').slice(0, LONGEST_SOURCE);
}

/**
 * Labels every PE file on Windows images (ISO, WIM, VHDX, CAB, MSU), by the product of its version resource, and hands in
 * their catalogs. That is a
 * claim of the file: what makes it known is that the caller vouches for the image. An image that cannot be read costs
 * one problem.
 */
export async function buildFromImages(
  client: Client,
  paths: readonly string[],
  families: ImageFamilies,
  { scope, sourceId }: ImportTarget,
  onProgress: (done: ImagesBuilt, path: string) => void,
): Promise<ImagesBuilt> {
  const done: ImagesBuilt = {
    files: 0,
    added: 0,
    known: 0,
    unnamed: 0,
    skipped: 0,
    deltas: 0,
    catalogs: 0,
    knownCatalogs: 0,
    problems: [],
  };
  const batches = new LabelBatches(client, done);
  const options = {
    largest: LARGEST_SAMPLE,
    alsoTake: isCatalog,
    onOther: (head: Uint8Array) => {
      if (isDelta(head)) done.deltas += 1;
      else done.skipped += 1;
    },
    onProblem: (sentence: string) => void done.problems.push(sentence),
  };
  const take = async (image: string, { path, bytes }: ArchivedImage): Promise<void> => {
    if (isCatalog(bytes)) {
      await handInCatalog(client, scope, { image, path }, bytes, done);
      return;
    }
    if (detectFormat(bytes) !== 'pe') {
      done.skipped += 1;
      return;
    }
    const info = readVersionInfo(bytes);
    const product = familyOfProduct(info?.product ?? '');
    done.files += 1;
    if (product === '') done.unnamed += 1;
    onProgress(done, image);
    const target = { family: product || families.otherwise, type: families.type, scope, sourceId, reason: REASON };
    const sample = {
      sha256: sha256Of(bytes),
      size: bytes.length,
      source: sourceOf(image, path, info),
      load: async () => bytes,
    };
    await batches.add(target, sample, bytes.length);
  };
  for (const path of paths) {
    onProgress(done, path);
    try {
      for await (const image of imagesIn(path, options)) await take(path, image);
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      done.problems.push(`${path} could not be read whole: ${error.message}`);
    }
  }
  await batches.finish();
  if (done.deltas > 0)
    done.problems.push(`${done.deltas} files are stored as differences to another version; their code stays unknown`);
  return done;
}
