import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, BINARY_ROUTES, LAYOUTS, type Layout } from '@genehound/contract';
import { type Spooled, syncPath } from '@genehound/intake';

const SAMPLE = /^([0-9a-f]{64})\.sample$/;

/**
 * The bytes of all scans, each once by its hash: `files/`, `memory_modules/`, `fileless/` beside the scans, as the layout
 * of an offline directory has them.
 */
export class Samples {
  readonly #root: string;
  readonly #held: Readonly<Record<Layout, Set<string>>> = { file: new Set(), mapped: new Set(), raw: new Set() };
  #bytes = 0;

  private constructor(root: string) {
    this.#root = root;
  }

  /** Makes the folders and takes up what is there. */
  static async open(root: string): Promise<Samples> {
    const samples = new Samples(root);
    for (const layout of LAYOUTS) await samples.#takeUp(layout);
    await syncPath(root);
    return samples;
  }

  /** Bytes of all samples. */
  get bytes(): number {
    return this.#bytes;
  }

  has(layout: Layout, sha256: string): boolean {
    return this.#held[layout].has(sha256);
  }

  /** Durable when it resolves. Takes the spooled file over. */
  async put(layout: Layout, spooled: Spooled): Promise<void> {
    if (!this.has(layout, spooled.sha256)) {
      const folder = this.#folder(layout);
      await syncPath(spooled.path);
      await rename(spooled.path, join(folder, `${spooled.sha256}.sample`));
      await syncPath(folder);
      this.#held[layout].add(spooled.sha256);
      this.#bytes += spooled.size;
    }
    await spooled.discard();
  }

  /** Removes those that `isNeeded` does not name; how many, and their bytes. */
  async prune(isNeeded: (layout: Layout, sha256: string) => boolean): Promise<{ samples: number; bytes: number }> {
    let samples = 0;
    let bytes = 0;
    for (const layout of LAYOUTS) {
      for (const sha256 of this.#held[layout]) {
        if (isNeeded(layout, sha256)) continue;
        const path = join(this.#folder(layout), `${sha256}.sample`);
        const { size } = await stat(path);
        await rm(path);
        this.#held[layout].delete(sha256);
        this.#bytes -= size;
        samples += 1;
        bytes += size;
      }
    }
    return { samples, bytes };
  }

  #folder(layout: Layout): string {
    return join(this.#root, BINARY_ROUTES[layout].folder);
  }

  async #takeUp(layout: Layout): Promise<void> {
    const folder = this.#folder(layout);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      const sha256 = SAMPLE.exec(name)?.[1];
      if (sha256 === undefined) continue;
      this.#held[layout].add(sha256);
      this.#bytes += (await stat(join(folder, name))).size;
    }
  }
}

/** AppError disk_full where the quota is used up. */
export function requireQuota(used: number, more: number, quota: number): void {
  if (quota > 0 && used + more > quota) throw new AppError('disk_full');
}
