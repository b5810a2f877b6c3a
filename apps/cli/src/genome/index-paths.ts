import { detectFormat } from '@genehound/binary';
import type { Client, Scope } from '@genehound/contract';
import { ArchiveError } from '../archive/archive-error.ts';
import { containerKind, KIND_HEAD } from '../archive/container-kind.ts';
import { type ArchivedImage, imagesIn } from '../archive/images-in.ts';
import type { FamilyChooser } from './choose-family.ts';
import { LARGEST_SAMPLE } from './index-package.ts';
import { LabelBatches } from './label-batches.ts';
import { sha256Of, type Target } from './label-samples.ts';
import { type FoundFile, filesBelow, headOf, sampleOf } from './sample-files.ts';

export interface PathsIndexed {
  /** Executable images, those in archives included. */
  files: number;
  added: number;
  known: number;
  /** Archives and packages that were opened. */
  archives: number;
  /** Files that are no executable images. */
  skipped: number;
  /** One sentence each: what could not be read or was refused. */
  readonly problems: string[];
}

export interface PathsIndexing {
  readonly client: Client;
  /** Whose code it is; without it, packages say it of themselves. */
  readonly target: Target | undefined;
  readonly scope: Scope;
  readonly families: FamilyChooser;
  onProgress(done: PathsIndexed, path: string): void;
}

class PathIndexer {
  readonly #work: PathsIndexing;
  readonly #batches: LabelBatches;
  readonly done: PathsIndexed = { files: 0, added: 0, known: 0, archives: 0, skipped: 0, problems: [] };

  constructor(work: PathsIndexing) {
    this.#work = work;
    this.#batches = new LabelBatches(work.client, this.done, work.target === undefined ? 'counts' : 'ends');
  }

  async take(file: FoundFile): Promise<void> {
    const { target } = this.#work;
    const { problems } = this.done;
    const isRaw = target?.layout === 'raw';
    const head = isRaw ? new Uint8Array(0) : await headOf(file.path, KIND_HEAD, problems);
    if (head === undefined) return;
    if (!isRaw && detectFormat(head) === 'raw') {
      if (containerKind(head) !== null) return await this.#archive(file);
      // A file that is named is taken whatever it is.
      if (!file.named || target === undefined) {
        this.done.skipped += 1;
        return;
      }
    }
    if (target === undefined) {
      problems.push(`${file.path} is of no package: --family and --type say whose code it is`);
      return;
    }
    const sample = await sampleOf(file, problems);
    if (sample === undefined) return;
    this.#progress(file.path);
    await this.#batches.add(target, sample);
  }

  async finish(): Promise<PathsIndexed> {
    await this.#batches.finish();
    return this.done;
  }

  #progress(path: string): void {
    this.done.files += 1;
    this.#work.onProgress(this.done, path);
  }

  /** An archive that cannot be read costs one sentence; so do all images in it that nobody owns. */
  async #archive({ path }: FoundFile): Promise<void> {
    const { problems } = this.done;
    let ownerless = 0;
    this.done.archives += 1;
    const options = {
      largest: LARGEST_SAMPLE,
      onOther: () => {
        this.done.skipped += 1;
      },
      onProblem: (sentence: string) => void problems.push(sentence),
    };
    try {
      for await (const image of imagesIn(path, options)) {
        this.#progress(path);
        if (!(await this.#image(path, image))) ownerless += 1;
      }
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      problems.push(`${path} could not be read whole: ${error.message}`);
    }
    if (ownerless > 0)
      problems.push(`${path}: ${ownerless} images in it are of no package: --family and --type say whose code it is`);
  }

  async #image(archive: string, { path, bytes, package: facts }: ArchivedImage): Promise<boolean> {
    const { families, scope } = this.#work;
    const target = this.#work.target ?? (facts === null ? undefined : { ...families.choose(facts), scope });
    if (target === undefined) return false;
    const owner = facts === null ? archive : `${facts.system}:${facts.name} ${facts.version}`;
    const source = `${owner}: ${path}`.slice(0, 1_000);
    const sample = { sha256: sha256Of(bytes), size: bytes.length, source, load: async () => bytes };
    await this.#batches.add(target, sample, bytes.length);
    return true;
  }
}

/** True where one of the paths may say itself whose code it holds: a folder, a package, an archive of packages. */
export async function mayOwn(paths: readonly string[]): Promise<boolean> {
  for await (const { path, named } of filesBelow(paths, [])) {
    if (!named) return true;
    const head = (await headOf(path, KIND_HEAD, [])) ?? new Uint8Array(0);
    if (detectFormat(head) === 'raw' && containerKind(head) !== null) return true;
  }
  return false;
}

/**
 * Labels files, folders, and what lies in archives and packages. Resumable: what the server has under its label already
 * is not sent again. What cannot be read costs one problem each.
 */
export async function indexPaths(work: PathsIndexing, paths: readonly string[]): Promise<PathsIndexed> {
  const indexer = new PathIndexer(work);
  for await (const file of filesBelow(paths, indexer.done.problems)) await indexer.take(file);
  return await indexer.finish();
}
