import type { GeneSet } from '@genehound/genes';
import { BadIndex } from './bad-index.ts';
import type { GeneIndex, NumberedSet } from './gene-index.ts';
import { LabelSetTable } from './label-set-table.ts';
import { type Manifest, readManifest } from './manifest.ts';
import type { ResidentMemory } from './resident-memory.ts';
import { lookupIn, Segment } from './segment.ts';
import { readSets } from './set-file.ts';

/** A segment of so many entries is brought into memory at once: 12 MB, some milliseconds. */
const SMALL = 1_000_000;

/** Times that a manifest may be overtaken while its segments are being opened. */
const OVERTAKEN = 20;

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Opens what the newest manifest names; segments that are open already are used again. */
function openNewest(
  directory: string,
  open: ReadonlyMap<string, Segment>,
): { readonly manifest: Manifest; readonly segments: readonly Segment[] } {
  for (let overtaken = 0; ; overtaken++) {
    const manifest = readManifest(directory);
    const segments: Segment[] = [];
    try {
      for (const info of manifest.segments) segments.push(open.get(info.name) ?? Segment.open(directory, info));
      return { manifest, segments };
    } catch (error) {
      for (const segment of segments) if (open.get(segment.info.name) !== segment) segment.close();
      // A commit has replaced the segment since; without one it is lost.
      const isOvertaken = isMissing(error) && overtaken < OVERTAKEN && readManifest(directory).next !== manifest.next;
      if (!isOvertaken)
        throw error instanceof BadIndex ? error : new BadIndex(`A segment cannot be read: ${String(error)}`);
    }
  }
}

/**
 * The reader of one index. What it answers is of one manifest, whatever is merged meanwhile by another thread;
 * `refresh` moves it to the newest.
 */
export class SegmentIndex implements GeneIndex {
  readonly directory: string;
  readonly #memory: ResidentMemory;
  readonly #table = new LabelSetTable();
  #setBytes = 0;
  #manifest: Manifest;
  #segments: readonly Segment[];

  private constructor(directory: string, memory: ResidentMemory) {
    this.directory = directory;
    this.#memory = memory;
    const { manifest, segments } = openNewest(directory, new Map());
    this.#manifest = manifest;
    this.#segments = segments;
    this.#readSets();
  }

  /** Opens an index, reading its directories only; an empty directory is an empty index. Throws BadIndex. */
  static open(directory: string, memory: ResidentMemory): SegmentIndex {
    const index = new SegmentIndex(directory, memory);
    index.#warmSmall();
    return index;
  }

  get generation(): number {
    return this.#manifest.generation;
  }

  get genes(): number {
    return this.#manifest.genes;
  }

  get lastLabel(): string | null {
    return this.#manifest.lastLabel;
  }

  get segments(): number {
    return this.#segments.length;
  }

  lookup(genes: GeneSet): Uint32Array {
    return lookupIn(this.#segments, genes);
  }

  labelSet(id: number): NumberedSet {
    if (id >= this.#table.size) throw new BadIndex(`Label set ${id} of ${this.#table.size}`);
    return this.#table.get(id);
  }

  /** Moves to the newest committed generation. Throws BadIndex; it then still answers as before. */
  refresh(): void {
    const known = new Map(this.#segments.map((segment) => [segment.info.name, segment]));
    const { manifest, segments } = openNewest(this.directory, known);
    const kept = new Set(segments);
    for (const segment of this.#segments) if (!kept.has(segment)) segment.close();
    this.#manifest = manifest;
    this.#segments = segments;
    this.#readSets();
    this.#warmSmall();
  }

  /** Brings into memory what fits, without holding up the thread; until then look-ups read the disk. Throws BadIndex. */
  async warm(): Promise<void> {
    for (const segment of this.#segments) await segment.warm(this.#memory);
  }

  /** Reads every block once. Throws BadIndex for the first that is not what was written. */
  verify(): void {
    for (const segment of this.#segments) {
      for (let chunk = 0; chunk < segment.chunks; chunk++) segment.readChunk(chunk);
    }
  }

  close(): void {
    for (const segment of this.#segments) segment.close();
    this.#segments = [];
  }

  #readSets(): void {
    readSets(this.directory, this.#table, this.#setBytes, this.#manifest);
    this.#setBytes = this.#manifest.sets.bytes;
  }

  #warmSmall(): void {
    for (const segment of this.#segments) if (segment.info.entries <= SMALL) segment.warmNow(this.#memory);
  }
}
