import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Where the index of one scope lies: `<data>/index/<scope>/<name>/` and beside it `current`, which holds the name
 * of the one that answers. A new index is built beside the old one and takes its place by a rename.
 */
export class IndexDirectory {
  readonly #path: string;

  constructor(data: string, scope: string) {
    this.#path = join(data, 'index', scope);
  }

  /** The directory of the index that answers, or null where there is none. */
  async current(): Promise<string | null> {
    try {
      const name = (await readFile(join(this.#path, 'current'), 'utf8')).trim();
      return /^[0-9a-f-]{36}$/.test(name) ? join(this.#path, name) : null;
    } catch {
      // Missing or unreadable: either way another one is built.
      return null;
    }
  }

  /** A new, empty directory that is not current yet. */
  async prepare(): Promise<string> {
    const directory = join(this.#path, randomUUID());
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return directory;
  }

  /** Makes a prepared directory the current one; a kill before or after leaves one whole index. */
  async adopt(directory: string): Promise<void> {
    const temporary = join(this.#path, `current.${randomUUID()}`);
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${directory.slice(this.#path.length + 1)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(this.#path, 'current'));
    const parent = await open(this.#path, 'r');
    try {
      await parent.sync();
    } finally {
      await parent.close();
    }
  }

  /** Removes everything but the current index: what a killed build left behind, and what was replaced. */
  async prune(): Promise<void> {
    const keep = await this.current();
    let names: readonly string[] = [];
    try {
      names = await readdir(this.#path);
    } catch {
      // No directory, nothing to remove.
    }
    for (const name of names) {
      const path = join(this.#path, name);
      if (path !== keep && name !== 'current') await rm(path, { recursive: true, force: true });
    }
  }
}
