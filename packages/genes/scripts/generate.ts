/**
 * node packages/genes/scripts/generate.ts [--check]
 *
 * Compiles `assembly/` by AssemblyScript to `src/x86/fast-code.gen.ts`; with --check only says whether that is what the
 * file holds.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';
import { MIN_INFORMATIVE } from '../src/extraction/block-hasher.ts';
import { ENDS_BLOCK, FLOW_KIND } from '../src/extraction/flow-kind.ts';
import { MARK } from '../src/extraction/mark.ts';
import { A_MULTIPLIER, B_MULTIPLIER } from '../src/gene-hash.ts';
import { NARROW_MODRM } from '../src/x86/byte-table.ts';
import { COMMON, COMMON_0F, COMMON_66, COMMON_NARROW, COMMON_W } from '../src/x86/common-table.ts';
import { STEP } from '../src/x86/common-words.ts';
import { BLOCK, FAST, SWEPT, WORDS_SHIFT } from '../src/x86/fast-layout.ts';
import { ADDRESS_LIMIT, MEMORY_FORM_FACTOR } from '../src/x86/fuzzy-tokens.ts';
import { LIGHT, NARROW_LIGHT } from '../src/x86/light-table.ts';
import { ZERO_RUN } from '../src/x86/marks.ts';

const PARTS = ['range', 'sweep', 'hash', 'instruction', 'blocks'];
const TARGET = new URL('../src/x86/fast-code.gen.ts', import.meta.url);

/** MARK.jumpTarget becomes MARK_JUMP_TARGET. */
function prefixed(prefix: string, values: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(values).map(([name, value]) => {
    const words = name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
    return [`${prefix}_${words}`, value];
  });
}

function constants(): string {
  const endsBlock = ENDS_BLOCK.reduce((bits, ends, flow) => bits | (ends << flow), 0);
  const rows = { ROW_66: COMMON_66, ROW_W: COMMON_W, ROW_0F: COMMON_0F, ROW_NARROW: COMMON_NARROW };
  const others = { MODRM_NARROW: NARROW_MODRM, LIGHT_NARROW: NARROW_LIGHT, STEP_WORDS_SHIFT: WORDS_SHIFT };
  const all = [
    ...Object.entries({ ...FAST, ...rows, ...others, ENDS_BLOCK: endsBlock, MEMORY_FORM_FACTOR }),
    ...Object.entries({ A_MULTIPLIER, B_MULTIPLIER, MIN_INFORMATIVE, ZERO_RUN, ADDRESS_LIMIT }),
    ...prefixed('FLOW', FLOW_KIND),
    ...prefixed('MARK', MARK),
    ...prefixed('COMMON', COMMON),
    ...prefixed('LIGHT', LIGHT),
    ...prefixed('STEP', STEP),
    ...prefixed('SWEPT', SWEPT),
    ...prefixed('BLOCK', BLOCK),
  ];
  return all.map(([name, value]) => `const ${name}: i32 = ${value | 0};\n`).join('');
}

async function compile(): Promise<Buffer> {
  const parts = PARTS.map((name) => readFileSync(new URL(`../assembly/${name}.ts`, import.meta.url), 'utf8'));
  const source = constants() + parts.join('');
  const made: Buffer[] = [];
  const args = ['x86.ts', '-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--outFile', 'x86.wasm'];
  const { error, stderr } = await asc.main(args, {
    readFile: (name) => (name === 'x86.ts' ? source : null),
    writeFile: (_name, contents) => {
      made.push(Buffer.from(contents));
    },
    listFiles: () => [],
  });
  const [binary] = made;
  if (error !== null || binary === undefined) throw new Error(`AssemblyScript: ${stderr.toString()}`);
  return binary;
}

const text = `/** Made by \`node packages/genes/scripts/generate.ts\` from \`assembly/\`: WebAssembly in base64. */
export const FAST_CODE =
  '${(await compile()).toString('base64')}';
`;
if (!process.argv.includes('--check')) writeFileSync(TARGET, text);
else if (text !== readFileSync(TARGET, 'utf8')) {
  console.error('fast-code.gen.ts is not what assembly/ makes: node packages/genes/scripts/generate.ts');
  process.exitCode = 1;
}
