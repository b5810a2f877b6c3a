import type { Client } from '@genehound/contract';
import { isElf } from '../archive/elf-magic.ts';
import type { TarFile } from '../archive/tar.ts';
import { labelSamples, type Sample, sha256Of, type Target } from './label-samples.ts';

/** What became of a package's files. */
export interface PackageOutcome {
  /** SHA-256 of every file that is labelled now. */
  readonly samples: readonly string[];
  readonly added: number;
  readonly problems: readonly string[];
}

/** Held in memory at once, at most; a single file may be larger. */
const BATCH_BYTES = 48 * 2 ** 20;
const BATCH_FILES = 256;

/** Above this the server takes no binary. */
export const LARGEST_SAMPLE = 150_000_000;

/** For the readers of archives: ELF files that can be sent. What is too large is told to `onTooLarge`. */
export function wantsElf(onTooLarge: (path: string, size: number) => void) {
  return (header: { readonly path: string; readonly size: number }, head: Uint8Array): boolean => {
    if (!isElf(head)) return false;
    if (header.size <= LARGEST_SAMPLE) return true;
    onTooLarge(header.path, header.size);
    return false;
  };
}

/** Labels the files of one package as they come. `source` names the package in each label. */
export async function indexPackage(
  client: Client,
  target: Target,
  source: string,
  files: (onTooLarge: (path: string, size: number) => void) => AsyncIterable<TarFile>,
): Promise<PackageOutcome> {
  const samples: string[] = [];
  const problems: string[] = [];
  let added = 0;
  let batch: Sample[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const done = await labelSamples(client, target, batch);
    samples.push(...done.added, ...done.known);
    problems.push(...done.problems);
    added += done.added.length;
    batch = [];
    bytes = 0;
  };
  const tooLarge = (path: string, size: number): void => {
    problems.push(`${source}: ${path} has ${size} bytes, more than the server takes`);
  };
  for await (const file of files(tooLarge)) {
    if (bytes + file.size > BATCH_BYTES || batch.length >= BATCH_FILES) await flush();
    batch.push({ sha256: sha256Of(file.bytes), size: file.size, source, load: async () => file.bytes });
    bytes += file.size;
  }
  await flush();
  return { samples, added, problems };
}
