import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Apt, ArchiveFile } from './apt.ts';
import type { PlannedPackage } from './plan-packages.ts';

/** A package file that apt has verified and whose hash was checked again. */
export interface FetchedPackage {
  readonly planned: PlannedPackage;
  readonly path: string;
}

export interface FetchedBatch {
  readonly fetched: readonly FetchedPackage[];
  readonly failed: readonly { readonly planned: PlannedPackage; readonly reason: string }[];
  /** Removes the batch's files. */
  dispose(): Promise<void>;
}

const BATCH_BYTES = 40 * 2 ** 20;
const BATCH_PACKAGES = 24;
const TIMEOUT_MS = 60_000;
/** The slowest link for which a download is waited for. */
const SLOWEST_BYTES_PER_MS = 200;

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** apt drops its rights to the user _apt, who must be able to write there. */
async function downloadDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'genehound-apt-'));
  if (process.getuid?.() !== 0) return directory;
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const id = /^_apt:[^:]*:(\d+):/m.exec(users)?.[1];
  if (id !== undefined) await chown(directory, Number(id), 0);
  return directory;
}

/** `name_version_architecture.deb` with the version escaped: the part before the first `_` is the name. */
function fileOf(planned: PlannedPackage, described: readonly ArchiveFile[]): ArchiveFile | undefined {
  const { name, architecture } = planned.installed;
  const escaped = planned.version.replaceAll(':', '%3a');
  return described.find(
    ({ file }) => file === `${name}_${escaped}_${architecture}.deb` || file === `${name}_${escaped}_all.deb`,
  );
}

async function verify(
  planned: PlannedPackage,
  directory: string,
  described: readonly ArchiveFile[],
): Promise<string | undefined> {
  const file = fileOf(planned, described);
  if (file === undefined) return undefined;
  const path = join(directory, file.file);
  const hash = await sha256OfFile(path).catch(() => undefined);
  return hash === file.sha256 ? path : undefined;
}

async function fetchBatch(
  apt: Apt,
  batch: readonly PlannedPackage[],
  described: readonly ArchiveFile[],
): Promise<FetchedBatch> {
  const directory = await downloadDirectory();
  const size = batch.reduce((sum, planned) => sum + (fileOf(planned, described)?.size ?? 0), 0);
  const specs = batch.map((planned) => planned.spec);
  const reason = await apt.download(specs, directory, TIMEOUT_MS + Math.ceil(size / SLOWEST_BYTES_PER_MS));
  const fetched: FetchedPackage[] = [];
  const failed: { planned: PlannedPackage; reason: string }[] = [];
  for (const planned of batch) {
    const path = await verify(planned, directory, described);
    if (path === undefined) failed.push({ planned, reason: reason ?? 'its hash is not that of the signed index' });
    else fetched.push({ planned, path });
  }
  return { fetched, failed, dispose: () => rm(directory, { recursive: true, force: true }) };
}

function batchesOf(packages: readonly PlannedPackage[], described: readonly ArchiveFile[]): PlannedPackage[][] {
  const batches: PlannedPackage[][] = [];
  let bytes = 0;
  for (const planned of packages) {
    const size = fileOf(planned, described)?.size ?? 0;
    const last = batches.at(-1);
    if (last === undefined || last.length >= BATCH_PACKAGES || bytes + size > BATCH_BYTES) {
      batches.push([planned]);
      bytes = size;
    } else {
      last.push(planned);
      bytes += size;
    }
  }
  return batches;
}

/**
 * Downloads in batches, always one batch ahead of the caller, who disposes of each. A batch of which nothing came
 * ends it: all further packages are returned as failed rather than waited for.
 */
export async function* fetchPackages(
  apt: Apt,
  packages: readonly PlannedPackage[],
): AsyncGenerator<FetchedBatch, void, undefined> {
  const described = await apt.describe(packages.map((planned) => planned.spec));
  const batches = batchesOf(packages, described);
  let coming: Promise<FetchedBatch> | undefined;
  try {
    for (let i = 0; i < batches.length; i += 1) {
      const batch = await (coming ?? fetchBatch(apt, batches[i] ?? [], described));
      coming = undefined;
      if (batch.fetched.length === 0) {
        const reason = batch.failed[0]?.reason ?? 'nothing arrived';
        const rest = batches.slice(i + 1).flat();
        yield { ...batch, failed: [...batch.failed, ...rest.map((planned) => ({ planned, reason }))] };
        return;
      }
      const next = batches[i + 1];
      if (next !== undefined) {
        coming = fetchBatch(apt, next, described);
        // Awaited in the next turn; until then a failure must not count as unhandled.
        coming.catch(() => undefined);
      }
      yield batch;
    }
  } finally {
    await coming?.then((batch) => batch.dispose()).catch(() => undefined);
  }
}
