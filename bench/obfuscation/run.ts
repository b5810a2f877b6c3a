/**
 * node bench/obfuscation/run.ts [--seed WORD]
 *
 * What obfuscation leaves of a family: the harmless families of test/targets are built at -O2 and labelled, then
 * their assembly is rewritten, assembled, and judged as an unlabelled artifact.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseImage } from '@genehound/binary';
import {
  allGenes,
  distinctGenes,
  extractGenome,
  findGene,
  type GeneSet,
  type Genome,
  THRESHOLDS,
} from '@genehound/genes';
import { GeneTable } from '../truth/gene-table.ts';
import { familyRef, judge } from '../truth/judge.ts';
import { TRANSFORMS } from './transforms.ts';

const { values } = parseArgs({ options: { seed: { type: 'string', default: 'genehound' } } });
const SOURCES = new URL('../../test/targets/families/', import.meta.url).pathname;
const FAMILIES = ['amber', 'basalt'];
const FLAGS = [
  '-std=c17',
  '-fPIC',
  '-ffreestanding',
  '-fno-builtin',
  '-fvisibility=hidden',
  '-fno-stack-protector',
  '-O2',
];

function gcc(args: readonly string[]): void {
  const run = spawnSync('gcc', args, { encoding: 'utf8' });
  if (run.error !== undefined) throw run.error;
  if (run.status !== 0) throw new Error(run.stderr);
}

/** Assembly of each source of a family. */
function assemblyOf(family: string, folder: string): string[] {
  const parts = readdirSync(join(SOURCES, family)).filter((name) => name.endsWith('.c'));
  const sources = ['entry.c', 'memory.c', ...parts.sort().map((name) => join(family, name))];
  return sources.map((source, i) => {
    const out = join(folder, `${i}.s`);
    gcc([...FLAGS, '-S', '-o', out, join(SOURCES, source)]);
    return readFileSync(out, 'utf8');
  });
}

function genomeOf(assembly: readonly string[], folder: string): Genome {
  const paths = assembly.map((text, i) => {
    const path = join(folder, `${i}.out.s`);
    writeFileSync(path, text);
    return path;
  });
  const out = join(folder, 'image.so');
  gcc(['-shared', '-nostdlib', '-s', '-Wl,--build-id=none', '-o', out, ...paths]);
  const bytes = new Uint8Array(readFileSync(out));
  return extractGenome(bytes, parseImage(bytes, 'file'));
}

/** Share of the labelled build's genes that are in the other one. */
function kept(labelled: GeneSet, other: GeneSet): string {
  let found = 0;
  for (let i = 0; i < labelled.high.length; i++) {
    if (findGene(other, labelled.high[i] ?? 0, labelled.low[i] ?? 0) >= 0) found++;
  }
  return `${((100 * found) / Math.max(1, labelled.high.length)).toFixed(0)} %`;
}

const fuzzy = (genome: Genome): GeneSet => distinctGenes(genome.fuzzyHigh, genome.fuzzyLow);
const exact = (genome: Genome): GeneSet => distinctGenes(genome.exactHigh, genome.exactLow);

const folder = mkdtempSync(join(tmpdir(), 'genehound-obfuscation-'));
try {
  const rows = new Map<string, string[]>(Object.keys(TRANSFORMS).map((name) => [name, []]));
  for (const [i, family] of FAMILIES.entries()) {
    const place = join(folder, family);
    mkdirSync(place);
    const assembly = assemblyOf(family, place);
    const labelled = genomeOf(assembly, place);
    const table = new GeneTable(THRESHOLDS.familiesPerGene);
    table.learn(allGenes(labelled), familyRef(i + 1, family, 'malware'));
    for (const [name, transform] of Object.entries(TRANSFORMS)) {
      const genome = genomeOf(
        assembly.map((text, part) => transform(text, `${values.seed}/${part}`)),
        place,
      );
      const { verdict } = judge(genome, table);
      rows.get(name)?.push(kept(fuzzy(labelled), fuzzy(genome)), kept(exact(labelled), exact(genome)), verdict);
    }
  }
  const heads = FAMILIES.flatMap((family) => [`${family}: fuzzy genes kept`, 'exact', 'verdict']);
  process.stdout.write(`| obfuscation | ${heads.join(' | ')} |\n| --- |${heads.map(() => ' --- |').join('')}\n`);
  for (const [name, cells] of rows) process.stdout.write(`| ${name} | ${cells.join(' | ')} |\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
