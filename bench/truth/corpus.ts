import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { EXTRACTION_FLAGS } from '@genehound/genes';
import { type Extracted, readExtracted } from './genome-file.ts';

const EXTRACTOR = new URL('extract/run.ts', import.meta.url).pathname;
/** Sources that genomes follow from; the verdict's rules do not touch them. */
const SOURCES = ['packages/binary/src', 'packages/genes/src', 'bench/truth/extract'];
const CHILDREN = 2;

/** Names the genomes' folder, so that a changed extractor never meets genomes of an older one. */
function extractorTag(root: string): string {
  const hash = createHash('sha256');
  for (const folder of SOURCES) {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).sort();
    for (const name of names) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts') || name.startsWith('verdict/')) continue;
      hash.update(name).update(readFileSync(join(root, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** Genomes of packages and folders, extracted once per extractor. */
export interface Corpus {
  /** Extracts what is not there yet; `inputs` are packages or folders that exist, no two of one name. */
  extract(inputs: readonly string[], onProgress: (done: number, of: number) => void): Promise<void>;
  read(input: string): Extracted[];
}

export function openCorpus(root: string, cache: string, tag: string | undefined): Corpus {
  const folder = join(cache, 'genomes', tag ?? extractorTag(root));
  mkdirSync(folder, { recursive: true });
  const pathOf = (input: string): string => join(folder, `${basename(input)}.genomes`);
  const child = (inputs: readonly string[], onDone: () => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const args = ['-n', '15', process.execPath, ...EXTRACTION_FLAGS, EXTRACTOR];
      const run = spawn('nice', args, { stdio: ['pipe', 'pipe', 'inherit'] });
      run.stdout.on('data', (text: Buffer) => {
        for (const byte of text) if (byte === 0x0a) onDone();
      });
      run.on('error', reject);
      run.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`Extraction ended with ${code}`))));
      run.stdin.end(inputs.map((input) => `${input}\t${pathOf(input)}\n`).join(''));
    });
  return {
    async extract(inputs, onProgress) {
      const missing = [...new Set(inputs)].filter((input) => !existsSync(pathOf(input)));
      let done = 0;
      const parts = Array.from({ length: CHILDREN }, (_, part) => missing.filter((_, i) => i % CHILDREN === part));
      await Promise.all(parts.map((part) => child(part, () => onProgress(++done, missing.length))));
    },
    read: (input) => readExtracted(pathOf(input)),
  };
}
