import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Answer, AppError, fleet } from '@genehound/contract';
import type { Context } from '../../platform/context.ts';
import type { Feature } from '../../platform/feature.ts';

type Platform = (typeof fleet.SCANNER_PLATFORMS)[number];
type Build = NonNullable<Answer<'listScanners'>['items'][number]['build']>;

/** As scanner/build.mjs names them. */
const FILES: Readonly<Record<Platform, string>> = {
  'windows-amd64': 'Scanner.exe',
  'linux-amd64': 'scanner-linux-amd64',
  'linux-arm64': 'scanner-linux-arm64',
};

/** Hashes of builds, made anew when a file has changed. */
class Hashes {
  readonly #known = new Map<string, { readonly stamp: string; readonly build: Promise<Build> }>();

  /** null where there is no such file. */
  async of(path: string): Promise<Build | null> {
    const info = await stat(path).catch(() => null);
    if (info === null || !info.isFile()) return null;
    const stamp = `${info.size} ${info.mtimeMs} ${info.ino}`;
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return await known.build;
    const build = hashed(path, info.size);
    this.#known.set(path, { stamp, build });
    build.catch(() => this.#known.delete(path));
    return await build;
  }
}

async function hashed(path: string, size: number): Promise<Build> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { size, sha256: hash.digest('hex') };
}

/** The scanner's builds that this server hands out, with their hashes: for people, as vendor-api is for programs. */
export function scanners({ config }: Context): Feature<'listScanners' | 'downloadScanner'> {
  const hashes = new Hashes();
  const pathOf = (platform: Platform): string => join(config.scanners, FILES[platform]);
  return {
    handlers: {
      listScanners: async () => ({
        items: await Promise.all(
          fleet.SCANNER_PLATFORMS.map(async (platform) => ({
            platform,
            file: FILES[platform],
            build: await hashes.of(pathOf(platform)),
          })),
        ),
      }),
      downloadScanner: async ({ params: { platform } }) => {
        const path = pathOf(platform);
        const info = await stat(path).catch(() => null);
        if (info === null)
          throw new AppError('unavailable', {
            details: `the scanner ${FILES[platform]} is not built; run: node scanner/build.mjs --all`,
          });
        return createReadStream(path);
      },
    },
  };
}
