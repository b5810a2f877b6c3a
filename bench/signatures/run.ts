/**
 * node bench/signatures/run.ts [--rules PATH] [--packages N] [--seed WORD] [--least N] [--list]
 *
 * What code-sequence rules say of clean software: the rules (a folder or .tar.gz as yara-signator publishes them; by
 * default those of the shared fixtures) in the server's confined child, over every executable image of this machine's
 * own folders, and of N packages of bench/truth's cache, drawn by seed. Every hit is a false one. --list names them.
 * --least N puts "N of them" in the place of each rule's condition (seven of ten, and a largest size of the file), to
 * see how far from a hit clean files are. A control that must be found: bytes put together from each rule's sequences.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { THRESHOLDS } from '@genehound/genes';
import { reach } from '../reach.ts';
import { shuffled } from '../truth/chance.ts';
import { shareOf, showShare } from '../truth/interval.ts';
import { type CleanFile, imagesBelow, imagesOfPackages, unpackRules } from './corpus.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const PROGRAM = fileURLToPath(
  new URL('../../apps/server/src/features/analysis/measure-signatures.ts', import.meta.url),
);
const CACHE = at('../.cache/truth');
/** Rules of which a control is made. */
const CONTROLS = 100;
const { values } = parseArgs({
  options: {
    rules: { type: 'string', default: at('../../../shared/data/signator-rules-2024-11-11.tar.gz') },
    packages: { type: 'string', default: '400' },
    seed: { type: 'string', default: 'genehound' },
    least: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});
if (!existsSync(values.rules)) {
  console.log('There are no rules here; --rules names a folder or .tar.gz of them.');
  process.exit(0);
}

interface Rule {
  readonly name: string;
  readonly text: string;
}
interface Loaded {
  readonly loadSeconds: number;
  readonly problems: readonly { readonly name: string; readonly problem: string }[];
}
interface Scanned {
  readonly file: string;
  readonly size: number;
  readonly seconds: number;
  readonly hits: readonly { readonly rule: string; readonly matched: number }[];
}

const work = mkdtempSync(join(tmpdir(), 'genehound-signatures-'));

function withLeast(text: string): string {
  return values.least === undefined ? text : text.replace(/condition:[^}]*\}/, `condition: ${values.least} of them }`);
}

/** Harmless bytes in which a rule's sequences lie one after another; what may be anything is zero. */
function bytesOf({ text }: Rule): Buffer {
  const sequences = [...text.matchAll(/\$\w+\s*=\s*\{([0-9A-Fa-f?\s]+)\}/g)];
  return Buffer.concat(
    sequences.map(([, hex = '']) => Buffer.from(hex.replaceAll(/\s/g, '').replaceAll('?', '0'), 'hex')),
  );
}

function readRules(): readonly Rule[] {
  const folder = unpackRules(values.rules, join(work, 'rules'));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.yara?$/.test(name))
    .sort()
    .flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8').replaceAll(/^\s*\/\/.*$/gm, '');
      const rule = /^\s*rule\s+(\w+)/m.exec(text)?.[1];
      return rule === undefined ? [] : [{ name: rule, text: withLeast(text) }];
    });
}

function drawnPackages(): readonly string[] {
  const paths = ['debs', 'npm'].flatMap((folder) =>
    existsSync(join(CACHE, folder)) ? readdirSync(join(CACHE, folder)).map((name) => join(CACHE, folder, name)) : [],
  );
  const isWindows = (path: string): boolean => /wine|mingw|nsis|[\\/]npm[\\/]/.test(path);
  const drawn = shuffled(
    paths.filter((path) => !isWindows(path)),
    values.seed,
    (path) => path,
  );
  return [...paths.filter(isWindows), ...drawn.slice(0, Number(values.packages))];
}

function* cleanFiles(): Generator<CleanFile> {
  for (const folder of ['/usr/bin', '/usr/sbin', '/usr/lib', '/usr/libexec']) yield* imagesBelow(folder);
  yield* imagesOfPackages(drawnPackages(), join(work, 'packages'));
}

interface Count {
  files: number;
  bytes: number;
  /** Files that a rule calls something, by the most sequences of one rule. */
  readonly hit: number[];
}

try {
  const rules = readRules();
  const path = join(work, 'rules.json');
  writeFileSync(path, JSON.stringify(rules));
  const child = spawn(process.execPath, [PROGRAM, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('The program that scans has ended');
    return JSON.parse(value) as T;
  };
  const { loadSeconds, problems } = await next<Loaded>();
  console.log(`rules: ${rules.length}, refused ${problems.length}, loaded in ${loadSeconds.toFixed(1)} s`);
  for (const { name, problem } of problems) console.log(`  ${name}: ${problem}`);
  const ask = async (file: string): Promise<Scanned> => {
    child.stdin.write(`${file}\n`);
    return await next<Scanned>();
  };
  let found = 0;
  const control = join(work, 'control');
  const controls = shuffled(rules, values.seed, ({ name }) => name).slice(0, CONTROLS);
  for (const rule of controls) {
    writeFileSync(control, bytesOf(rule));
    if ((await ask(control)).hits.some((hit) => hit.rule === rule.name)) found++;
  }
  reach('bytes made of a rule are found by it', {
    met: found === controls.length,
    value: `${found} of ${controls.length}`,
  });
  const counts = new Map<CleanFile['kind'], Count>();
  const byRule = new Map<string, string[]>();
  let seconds = 0;
  let total = 0;
  for (const { path: file, kind } of cleanFiles()) {
    const scanned = await ask(file);
    const count = counts.get(kind) ?? { files: 0, bytes: 0, hit: [] };
    counts.set(kind, count);
    count.files++;
    count.bytes += scanned.size;
    seconds += scanned.seconds;
    total++;
    if (total % 500 === 0)
      process.stderr.write(`${total} files in ${seconds.toFixed(0)} s, ${byRule.size} rules hit\n`);
    const most = Math.max(0, ...scanned.hits.map(({ matched }) => matched));
    if (most > 0) count.hit.push(most);
    for (const { rule, matched } of scanned.hits) {
      const where = byRule.get(rule) ?? [];
      byRule.set(rule, where);
      where.push(`${file.replace(work, '')} (${matched})`);
    }
  }
  child.stdin.end();
  for (const [kind, { files, bytes, hit }] of counts) {
    console.log(`${kind}: ${files} clean files, ${(bytes / 1e9).toFixed(2)} GB`);
    for (let least = Number(values.least ?? THRESHOLDS.signatureSequences); least <= 10; least++) {
      const share = shareOf(hit.filter((matched) => matched >= least).length, files);
      console.log(`  at least ${least} sequences: ${showShare(share)}`);
    }
  }
  const bytes = [...counts.values()].reduce((sum, one) => sum + one.bytes, 0);
  console.log(`scanned at ${(bytes / 1e6 / seconds).toFixed(1)} MB/s; rules that hit something clean: ${byRule.size}`);
  const accused = [...counts.values()]
    .flatMap(({ hit }) => hit)
    .filter((most) => most >= THRESHOLDS.signatureSequences);
  reach('clean files that a signature alone would call malicious', {
    met: accused.length === 0,
    value: String(accused.length),
  });
  for (const [rule, where] of [...byRule].sort(([, a], [, b]) => b.length - a.length)) {
    console.log(`  ${rule}: ${where.length}`);
    if (values.list) for (const one of where) console.log(`    ${one}`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
