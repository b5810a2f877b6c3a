import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@genehound/contract';
import type { CliConfig } from '../config.ts';
import { createApt } from '../debian/apt.ts';
import { choosePackages, type Release, releaseSettings } from '../debian/release.ts';
import { EXIT } from '../exit-codes.table.ts';
import { Failure } from '../failure.ts';
import { readErrorReason } from '../read-error.ts';
import { createFamilyChooser } from './choose-family.ts';
import type { ImportTarget } from './import-samples.ts';
import { indexDebianPackages } from './index-debian.ts';
import { openPackageRecord } from './package-record.ts';

export interface ReleaseBuilt {
  readonly packages: number;
  readonly added: number;
  readonly known: number;
  readonly problems: readonly string[];
}

/** Names and patterns as they were given; `@FILE` stands for those in it, one a line. */
export async function packageWords(given: readonly string[]): Promise<readonly string[]> {
  const words: string[] = [];
  for (const one of given) {
    if (!one.startsWith('@')) {
      words.push(...one.split(',').filter((word) => word !== ''));
      continue;
    }
    const path = one.slice(1);
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw new Failure(EXIT.failed, `${path} cannot be read: ${readErrorReason(error)}.`);
    });
    words.push(...text.split(/\s+/).filter((word) => word !== ''));
  }
  return words;
}

/**
 * Labels the code of a release's packages, as the families that they were built from. apt checks the signature of the
 * release and every hash below it. Interrupted, the same command goes on: what the server has is not fetched again.
 */
export async function buildFromRelease(
  client: Client,
  config: CliConfig,
  release: Release,
  words: readonly string[],
  { scope, sourceId }: ImportTarget,
  onProgress: (text: string) => void,
): Promise<ReleaseBuilt> {
  const directory = await mkdtemp(join(tmpdir(), 'genehound-release-'));
  try {
    const apt = createApt(directory, config.childEnvironment, await releaseSettings(release, directory));
    onProgress(`fetching the package lists of ${release.suite} from ${release.mirror}`);
    const trouble = await apt.refresh();
    const available = await apt.available();
    if (available.length === 0) {
      const why = trouble ?? `it has no packages for ${release.architecture}`;
      throw new Failure(EXIT.failed, `${release.suite} cannot be had from ${release.mirror}: ${why}.`);
    }
    const chosen = choosePackages(available, words);
    const done = await indexDebianPackages(
      {
        client,
        apt,
        record: await openPackageRecord(join(config.data, 'genome', 'packages.json'), scope),
        families: await createFamilyChooser(client, scope),
        native: release.architecture,
        under: { scope, sourceId, reason: `Debian ${release.suite} (${release.architecture}), signed by its archive` },
        onProgress,
      },
      chosen.packages,
    );
    const partly = trouble === undefined ? [] : [`A part of the package lists could not be had: ${trouble}.`];
    return {
      packages: done.packages,
      added: done.samplesAdded,
      known: done.samplesKnown,
      problems: [...chosen.problems, ...partly, ...done.lacking],
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
