import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, HuntReport } from '@genehound/contract';
import type { CliConfig } from '../config.ts';
import { createApt } from '../debian/apt.ts';
import { findOwners, packageKey } from '../debian/dpkg-database.ts';
import { nativeArchitecture } from '../debian/named-packages.ts';
import { createFamilyChooser } from '../genome/choose-family.ts';
import { type DebianIndexed, indexDebianPackages } from '../genome/index-debian.ts';
import { indexNpmPackages } from '../genome/index-npm.ts';
import { labelSamples, sha256Of } from '../genome/label-samples.ts';
import { openPackageRecord, type PackageRecord } from '../genome/package-record.ts';
import { type GenomeStatus, waitForGenome } from '../genome/wait-for-genome.ts';
import { runningFiles } from '../machine/running-files.ts';

export interface GenomeWork {
  readonly client: Client;
  readonly config: CliConfig;
  readonly scanner: string;
  readonly withSudo: boolean;
  onProgress(text: string): void;
}

/** Known by its own build: it runs while the scan does. */
async function labelScanner(work: GenomeWork): Promise<void> {
  const bytes = await readFile(work.scanner);
  const sample = {
    sha256: sha256Of(bytes),
    size: bytes.length,
    source: 'built from this checkout',
    load: async () => bytes,
  };
  const target = { family: 'Genehound scanner', type: 'application', scope: 'global' } as const;
  await labelSamples(work.client, target, [sample]);
}

const NOTHING: DebianIndexed = { packages: 0, samplesAdded: 0, samplesKnown: 0, otherVersions: [], lacking: [] };

/** `tried`: keys of packages that were asked for before; those that are asked for now are added. */
async function fromDistribution(
  work: GenomeWork,
  record: PackageRecord,
  running: Iterable<string>,
  tried: Set<string>,
): Promise<DebianIndexed> {
  const owners = await findOwners(running);
  const packages = owners.packages.filter((one) => !tried.has(packageKey(one)));
  for (const one of packages) tried.add(packageKey(one));
  if (packages.length === 0 && tried.size > 0) return NOTHING;
  try {
    const native = await nativeArchitecture();
    const families = await createFamilyChooser(work.client);
    const apt = createApt(join(work.config.data, 'hunt', 'apt'), work.config.childEnvironment);
    const { client, onProgress } = work;
    return await indexDebianPackages({ client, apt, record, families, native, onProgress }, packages);
  } catch (error) {
    if (packages.length > 0) throw error;
    return {
      ...NOTHING,
      lacking: [
        `${error instanceof Error ? error.message : String(error)}; the code of the distribution stays unknown.`,
      ],
    };
  }
}

/**
 * What this machine runs, labelled as trusted from signed or locked sources alone: the distribution's archive, npm
 * tarballs of the lock file, the scanner's own build. What comes from neither stays unknown.
 */
export class TrustedGenome {
  readonly #work: GenomeWork;
  readonly #record: PackageRecord;
  readonly #tried = new Set<string>();
  readonly #otherVersions: DebianIndexed['otherVersions'][number][] = [];
  readonly #lacking = new Set<string>();
  #status: GenomeStatus | undefined;

  private constructor(work: GenomeWork, record: PackageRecord) {
    this.#work = work;
    this.#record = record;
  }

  /** Begins with all that runs at this moment. */
  static async build(work: GenomeWork): Promise<TrustedGenome> {
    work.onProgress('listing what this machine runs');
    const running = await runningFiles(work.withSudo);
    const record = await openPackageRecord(join(work.config.data, 'hunt', 'packages.json'));
    const genome = new TrustedGenome(work, record);
    await labelScanner(work);
    await genome.add(running);
    return genome;
  }

  /** Adds the packages behind more files; answers how many samples were new to the server. */
  async add(files: Iterable<string>): Promise<number> {
    const paths = [...files];
    const { client, config, onProgress } = this.#work;
    const npm = await indexNpmPackages(
      { client, record: this.#record, root: config.root, environment: config.childEnvironment, onProgress },
      paths,
    );
    const debian = await fromDistribution(this.#work, this.#record, paths, this.#tried);
    this.#otherVersions.push(...debian.otherVersions);
    for (const sentence of [...debian.lacking, ...npm.lacking]) this.#lacking.add(sentence);
    this.#status = await waitForGenome(client, ({ pendingSamples }) =>
      onProgress(`extracting genes: ${pendingSamples} files to go`),
    );
    return debian.samplesAdded + npm.samplesAdded;
  }

  /** As the report has it. */
  summary(): HuntReport['genome'] {
    return {
      families: this.#status?.families ?? 0,
      genes: this.#status?.genes ?? 0,
      otherVersions: this.#otherVersions,
      lacking: [...this.#lacking],
    };
  }
}
