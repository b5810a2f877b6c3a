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
import { join } from 'node:path';
import { type Layout, parseImage } from '@genehound/binary';
import { extractGenome } from '@genehound/genes';
import { chance } from '../chance.ts';
import { type Extracted, writeExtracted } from '../genome-file.ts';
import { mappedImage } from './mapped-image.ts';

/** Bigger files are left out: the bench is about families, not about one giant. Bytes. */
const MAX_FILE = 64 * 2 ** 20;
/** Files of one package, in the order of their names. */
const MAX_FILES = 400;
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

function extractFolder(folder: string): Extracted[] {
  const found: Extracted[] = [];
  let files = 0;
  for (const path of filesIn(folder)) {
    const bytes = new Uint8Array(readFileSync(path));
    if (!isImage(bytes) || ++files > MAX_FILES) continue;
    const place = path.slice(folder.length);
    const whole = extract(bytes, 'file', place);
    if (whole.genome.blockRva.length === 0) continue;
    found.push(whole);
    if (chance('mapped', whole.sha256) >= MAPPED_SHARE) continue;
    const mapped = mappedImage(bytes, parseImage(bytes, 'file'));
    if (mapped !== null) found.push(extract(mapped, 'mapped', place));
  }
  return found;
}

function extractPackage(path: string): Extracted[] {
  const folder = mkdtempSync(join(tmpdir(), 'genehound-truth-'));
  try {
    const run = spawnSync('dpkg-deb', ['-x', path, folder], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`dpkg-deb could not read ${path}: ${run.stderr}`);
    return extractFolder(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const line of readFileSync(0, 'utf8').split('\n')) {
  const [input, output] = line.split('\t');
  if (input === undefined || output === undefined) continue;
  writeExtracted(output, input.endsWith('.deb') ? extractPackage(input) : extractFolder(input));
  process.stdout.write('.\n');
}
