import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type PrivateApt, privateApt, type Suite } from './apt.ts';
import { type Corpus, openCorpus } from './corpus.ts';
import type { PlanOptions } from './plan.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const CACHE = join(ROOT, 'bench/.cache/truth');
const SUITES: readonly Suite[] = [
  { name: 'bookworm', archive: 'debian' },
  { name: 'bookworm-backports', archive: 'debian' },
  { name: 'bookworm-security', archive: 'debian-security' },
  { name: 'trixie', archive: 'debian' },
  { name: 'bullseye', archive: 'debian' },
];

/** The releases that both benches draw from, and how. Bytes are those to download. */
export const DRAWN = {
  maxBytes: 300_000,
  base: 'bookworm',
  sameCompiler: ['bookworm-security', 'bookworm-backports'],
  otherReleases: ['trixie', 'bullseye'],
} as const satisfies Partial<PlanOptions>;

export interface Workshop {
  readonly cache: string;
  readonly corpus: Corpus;
  apt(architecture: string): Promise<PrivateApt>;
}

/** The cache folder, with packages and genomes of earlier runs. `genomes` names the extractor in place of its sources. */
export function openWorkshop(mirror: string, genomes: string | undefined, say: (text: string) => void): Workshop {
  mkdirSync(CACHE, { recursive: true });
  return {
    cache: CACHE,
    corpus: openCorpus(ROOT, CACHE, genomes),
    async apt(architecture) {
      const apt = privateApt(CACHE, architecture, mirror, SUITES);
      await apt.prepare(say);
      return apt;
    },
  };
}
