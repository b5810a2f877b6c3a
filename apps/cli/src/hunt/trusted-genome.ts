import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@genehound/contract';
import type { CliConfig } from '../config.ts';
import { createApt } from '../debian/apt.ts';
import { findOwners } from '../debian/dpkg-database.ts';
import { nativeArchitecture } from '../debian/named-packages.ts';
import { createFamilyChooser } from '../genome/choose-family.ts';
import { type DebianIndexed, indexDebianPackages } from '../genome/index-debian.ts';
import { indexNpmPackages } from '../genome/index-npm.ts';
import { labelSamples, sha256Of } from '../genome/label-samples.ts';
import { openPackageRecord, type PackageRecord } from '../genome/package-record.ts';
import { waitForGenome } from '../genome/wait-for-genome.ts';
import { runningFiles } from '../machine/running-files.ts';

export interface TrustedGenome {
  readonly families: number;
  readonly genes: number;
  readonly packages: number;
  readonly samplesAdded: number;
  readonly otherVersions: DebianIndexed['otherVersions'];
  readonly lacking: readonly string[];
}

export interface GenomeWork {
  readonly client: Client;
  readonly config: CliConfig;
  readonly scanner: string;
  readonly withSudo: boolean;
  onProgress(text: string): void;
}

/** Known by its own build: it runs while the scan does. */
async function labelScanner(work: GenomeWork): Promise<number> {
  const bytes = await readFile(work.scanner);
  const sample = {
    sha256: sha256Of(bytes),
    size: bytes.length,
    source: 'built from this checkout',
    load: async () => bytes,
  };
  const target = { family: 'Genehound scanner', type: 'application', scope: 'global' } as const;
  return (await labelSamples(work.client, target, [sample])).added.length;
}

const NOTHING: DebianIndexed = { packages: 0, samplesAdded: 0, samplesKnown: 0, otherVersions: [], lacking: [] };

async function fromDistribution(
  work: GenomeWork,
  record: PackageRecord,
  running: Iterable<string>,
): Promise<DebianIndexed> {
  const owners = await findOwners(running);
  try {
    const native = await nativeArchitecture();
    const families = await createFamilyChooser(work.client);
    const apt = createApt(join(work.config.data, 'hunt', 'apt'), work.config.childEnvironment);
    const { client, onProgress } = work;
    return await indexDebianPackages({ client, apt, record, families, native, onProgress }, owners.packages);
  } catch (error) {
    if (owners.packages.length > 0) throw error;
    return {
      ...NOTHING,
      lacking: [
        `${error instanceof Error ? error.message : String(error)}; the code of the distribution stays unknown.`,
      ],
    };
  }
}

/**
 * Labels what this machine runs as trusted, from signed or locked sources alone: the distribution's archive, npm
 * tarballs of the lock file, the scanner's own build. What comes from neither stays unknown.
 */
export async function buildTrustedGenome(work: GenomeWork): Promise<TrustedGenome> {
  work.onProgress('listing what this machine runs');
  const running = await runningFiles(work.withSudo);
  const record = await openPackageRecord(join(work.config.data, 'hunt', 'packages.json'));
  const { client, onProgress } = work;
  const scannerSamples = await labelScanner(work);
  const npm = await indexNpmPackages(
    { client, record, root: work.config.root, environment: work.config.childEnvironment, onProgress },
    running,
  );
  const debian = await fromDistribution(work, record, running);
  const status = await waitForGenome(client, ({ pendingSamples }) =>
    onProgress(`extracting genes: ${pendingSamples} files to go`),
  );
  return {
    families: status.families,
    genes: status.genes,
    packages: npm.packages + debian.packages,
    samplesAdded: scannerSamples + npm.samplesAdded + debian.samplesAdded,
    otherVersions: debian.otherVersions,
    lacking: [...debian.lacking, ...npm.lacking],
  };
}
