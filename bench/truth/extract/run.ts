/**
 * node bench/truth/extract/run.ts < lines of `input\toutput`
 *
 * Genomes of all programs and libraries in Debian packages, or in folders, into one file each (genome-file.ts).
 * A child of bench/truth, so that the extraction runs with the flags of the server's own children.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Layout, parseImage } from '@genehound/binary';
import { extractGenome } from '@genehound/genes';
import { chance } from '../chance.ts';
import { type Extracted, writeExtracted } from '../genome-file.ts';
import { mappedImage } from './mapped-image.ts';

/** Bigger files are left out: the bench is about families, not about one giant. Bytes. */
const MAX_FILE = 64 * 2 ** 20;
/** Of one package, in the order of their names. */
const MAX_ARTIFACTS = 4000;
/** Of every so many files the image as it lies in memory is taken, too. */
const MAPPED_SHARE = 0.5;

function* filesIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile() && lstatSync(path).size <= MAX_FILE) yield path;
  }
}

const isImage = (bytes: Uint8Array): boolean =>
  (bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46) ||
  (bytes[0] === 0x4d && bytes[1] === 0x5a);

function extract(bytes: Uint8Array, layout: Layout, place: string): Extracted {
  const image = parseImage(bytes, layout);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { sha256, layout, place, format: image.format, bytes: bytes.length, genome: extractGenome(bytes, image) };
}

/** What a scan took out of memory has no header to go by: its folder says how it lay. */
const isMemory = (path: string): boolean => path.endsWith('.sample') && /\/fileless(\/|$)/.test(dirname(path));

function extractFile(path: string, place: string): Extracted[] {
  const bytes = new Uint8Array(readFileSync(path));
  if (isMemory(path)) return [extract(bytes, 'raw', place)];
  if (!isImage(bytes)) return [];
  const whole = extract(bytes, 'file', place);
  if (whole.genome.blockRva.length === 0 || chance('mapped', whole.sha256) >= MAPPED_SHARE) return [whole];
  const mapped = mappedImage(bytes, parseImage(bytes, 'file'));
  return mapped === null ? [whole] : [whole, extract(mapped, 'mapped', place)];
}

function extractFolder(folder: string): Extracted[] {
  const found: Extracted[] = [];
  for (const path of filesIn(folder)) {
    if (found.length >= MAX_ARTIFACTS) break;
    for (const artifact of extractFile(path, path.slice(folder.length))) {
      if (artifact.genome.blockRva.length > 0) found.push(artifact);
    }
  }
  return found;
}

const UNPACK: readonly (readonly [string, (path: string, folder: string) => readonly string[]])[] = [
  ['.deb', (path, folder) => ['dpkg-deb', '-x', path, folder]],
  ['.tgz', (path, folder) => ['tar', '-xzf', path, '-C', folder]],
];

function extractArchive(path: string, [command, ...args]: readonly string[], folder: string): Extracted[] {
  try {
    const run = spawnSync(command ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`${path} could not be unpacked: ${run.stderr}`);
    return extractFolder(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function extractInput(path: string): Extracted[] {
  const unpack = UNPACK.find(([suffix]) => path.endsWith(suffix))?.[1];
  if (unpack === undefined) return extractFolder(path);
  const folder = mkdtempSync(join(tmpdir(), 'genehound-truth-'));
  return extractArchive(path, unpack(path, folder), folder);
}

for (const line of readFileSync(0, 'utf8').split('\n')) {
  const [input, output] = line.split('\t');
  if (input === undefined || output === undefined) continue;
  writeExtracted(output, extractInput(input));
  process.stdout.write('.\n');
}
