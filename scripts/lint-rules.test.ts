import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';

/**
 * Rules that do not fire protect nothing: violations are planted in a copy of the layout, and each must be reported
 * by the rule that is meant for it. Beside each lies a file that keeps to the rules and must stay silent.
 */

const root = resolve(import.meta.dirname, '..');
let directory = '';

interface Plant {
  readonly path: string;
  readonly text: string;
  /** The rule that must report it; null: none may. */
  readonly rule: string | null;
}

const imports = (name: string): string => `import * as it from '${name}';\n\nexport const used = it;\n`;
const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_one, i) => line(i)).join('\n');
const longFunction = `export function long(): number {\n  let x = 0;\n${lines(70, (i) => `  x += ${i};`)}\n  return x;\n}\n`;
const RESTRICTED = 'lint/style/noRestrictedImports';

/** [importer, what it imports] that design.md forbids. */
const FORBIDDEN: readonly (readonly [string, string])[] = [
  ['packages/contract/src', '@genehound/binary'],
  ['packages/contract/src', '@genehound/server'],
  ['packages/binary/src', '@genehound/genes'],
  ['packages/binary/src', 'node:fs'],
  ['packages/binary/src', 'node:fs/promises'],
  ['packages/binary/src', 'node:child_process'],
  ['packages/genes/src', '@genehound/intake'],
  ['packages/genes/src', 'node:fs'],
  ['packages/genes/src', '@genehound/disassembly'],
  ['packages/disassembly/src', '@genehound/contract'],
  ['packages/disassembly/src', 'node:fs'],
  ['packages/intake/src', '@genehound/genes'],
  ['packages/intake/src', '@genehound/server'],
  ['apps/server/src/features/scans', '@genehound/cli'],
  ['apps/server/src/features/scans', '../hunts/store.ts'],
  ['apps/server/src/features/scans', '../hunts/deep/inner.ts'],
  ['apps/server/src/features/scans', '../vendor-api/read.ts'],
  ['apps/server/src/platform', '../features/scans/read.ts'],
  ['apps/server/src/platform', '@genehound/genes'],
  ['apps/collector/src', '@genehound/genes'],
  ['apps/collector/src', '@genehound/server'],
  ['apps/console/src', '@genehound/genes'],
  ['apps/console/src', '@genehound/server'],
  ['apps/cli/src', '../../server/src/platform/log.ts'],
  ['apps/cli/src', '@genehound/server/src/run.ts'],
  ['apps/server/src', '../../../packages/contract/src/json.ts'],
  ['test/e2e', '../../packages/contract/src/json.ts'],
];

const ALLOWED: readonly (readonly [string, string])[] = [
  ['packages/genes/src', '@genehound/binary'],
  ['packages/disassembly/src', '@genehound/genes'],
  ['packages/intake/src', '@genehound/contract'],
  ['packages/intake/src', 'node:fs/promises'],
  ['apps/server/src/features/scans', '../hunts/read.ts'],
  ['apps/server/src/features/scans', '../hunts/jobs.ts'],
  ['apps/server/src/features/scans', '../../platform/log.ts'],
  ['apps/server/src/features/scans', './store.ts'],
  ['apps/server/src/features/scans', '@genehound/genes'],
  ['apps/server/src/platform', '@genehound/intake'],
  ['apps/console/src', '@genehound/contract'],
  ['apps/cli/src', '@genehound/server'],
  ['apps/cli/src', '@genehound/genes'],
];

const PLANTS: readonly Plant[] = [
  ...FORBIDDEN.map(([folder, name], i) => ({
    path: `${folder}/planted-${i}.ts`,
    text: imports(name),
    rule: RESTRICTED,
  })),
  ...ALLOWED.map(([folder, name], i) => ({ path: `${folder}/allowed-${i}.ts`, text: imports(name), rule: null })),
  {
    path: 'packages/genes/src/cycle-a.ts',
    text: "import { b } from './cycle-b.ts';\n\nexport const a = (): number => b();\n",
    rule: 'lint/suspicious/noImportCycles',
  },
  {
    path: 'packages/genes/src/cycle-b.ts',
    text: "import { a } from './cycle-a.ts';\n\nexport const b = (): number => a();\n",
    rule: 'lint/suspicious/noImportCycles',
  },
  {
    path: 'apps/server/src/environment.ts',
    text: "export const home = process.env['HOME'];\n",
    rule: 'lint/style/noProcessEnv',
  },
  { path: 'apps/server/src/config.ts', text: "export const home = process.env['HOME'];\n", rule: null },
  {
    path: 'apps/cli/src/long.ts',
    text: `${lines(405, (i) => `export const x${i} = ${i};`)}\n`,
    rule: 'lint/style/noExcessiveLinesPerFile',
  },
  { path: 'apps/cli/src/long.table.ts', text: `${lines(405, (i) => `export const x${i} = ${i};`)}\n`, rule: null },
  { path: 'apps/cli/src/long.gen.ts', text: `${lines(405, (i) => `export const x${i} = ${i};`)}\n`, rule: null },
  { path: 'apps/cli/src/long-function.ts', text: longFunction, rule: 'lint/complexity/noExcessiveLinesPerFunction' },
  {
    path: 'apps/cli/src/any.ts',
    text: 'export const x = (y: any): unknown => y;\n',
    rule: 'lint/suspicious/noExplicitAny',
  },
  { path: 'apps/cli/src/enum.ts', text: 'export enum Colour {\n  Red,\n}\n', rule: 'lint/style/noEnum' },
  {
    path: 'apps/cli/src/bang.ts',
    text: 'export const first = (x: readonly number[]): number => x[0]!;\n',
    rule: 'lint/style/noNonNullAssertion',
  },
  {
    path: 'apps/cli/src/floating.ts',
    text: 'async function work(): Promise<void> {}\n\nexport function start(): void {\n  work();\n}\n',
    rule: 'lint/nursery/noFloatingPromises',
  },
];

interface Diagnostic {
  readonly category: string;
  /** Whatever Biome says of the place, as text. */
  readonly place: string;
}

/** The errors of Biome's JSON report. */
function errorsOf(text: string): Diagnostic[] {
  const value: unknown = JSON.parse(text);
  assert.ok(typeof value === 'object' && value !== null && 'diagnostics' in value && Array.isArray(value.diagnostics));
  const found: unknown[] = value.diagnostics;
  return found.flatMap((one) => {
    if (typeof one !== 'object' || one === null || !('severity' in one) || one.severity !== 'error') return [];
    if (!('category' in one) || typeof one.category !== 'string' || !('location' in one)) return [];
    return [{ category: one.category, place: JSON.stringify(one.location) }];
  });
}

/** Rules that reported an error, by file. */
const fired = new Map<string, Set<string>>();

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'genehound-lint-'));
  for (const file of ['biome.json', 'package.json', 'tsconfig.json']) await cp(join(root, file), join(directory, file));
  await writeFile(join(directory, '.gitignore'), 'node_modules/\n');
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  for (const plant of PLANTS) {
    const path = join(directory, plant.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, plant.text);
  }
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const args = ['lint', '--reporter=json', '--max-diagnostics=none', '--colors=off', '.'];
  const answer = spawnSync(biome, args, { cwd: directory, encoding: 'utf8', maxBuffer: 2 ** 27 });
  for (const { category, place } of errorsOf(answer.stdout)) {
    const plant = PLANTS.find((candidate) => place.includes(candidate.path));
    if (plant === undefined) continue;
    const rules = fired.get(plant.path) ?? new Set();
    rules.add(category);
    fired.set(plant.path, rules);
  }
});

after(async () => {
  await rm(directory, { recursive: true, force: true });
});

for (const plant of PLANTS) {
  const what = /from '([^']+)'/.exec(plant.text)?.[1] ?? '';
  test(`${plant.rule ?? 'no rule'} reports ${plant.path} ${what}`, () => {
    const rules = [...(fired.get(plant.path) ?? [])];
    if (plant.rule === null) assert.deepEqual(rules, []);
    else assert.ok(rules.includes(plant.rule), `reported instead: ${rules.join(', ') || 'nothing'}`);
  });
}
