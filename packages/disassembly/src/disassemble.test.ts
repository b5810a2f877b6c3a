import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type Image, type InstructionSet, type Layout, parseImage } from '@genehound/binary';
import { extractGenome } from '@genehound/genes';
import fc from 'fast-check';
import { type CodeLine, disassemble, type Region } from './disassemble.ts';

/** `GENEHOUND_LONG=1` runs the campaigns; without it a sample. */
const LONG = process.env['GENEHOUND_LONG'] === '1';
const GOLDEN = join(import.meta.dirname, '../../genes/golden');

const work = mkdtempSync(join(tmpdir(), 'genehound-text-'));
after(() => rmSync(work, { recursive: true, force: true }));

const hexFile = (name: string): Uint8Array =>
  Uint8Array.from(Buffer.from(readFileSync(join(GOLDEN, name), 'utf8').replaceAll(/\s/g, ''), 'hex'));

async function list(bytes: Uint8Array, layout: Layout, regions: readonly Region[]) {
  return await disassemble(bytes, parseImage(bytes, layout), regions, 1_000_000);
}

/** Code that nothing but its name tells the instruction set of. */
const rawImage = (bytes: Uint8Array, instructionSet: InstructionSet): Image => ({
  format: 'raw',
  layout: 'raw',
  instructionSet,
  base: 0n,
  entry: null,
  code: [{ offset: 0, rva: 0, size: bytes.length }],
  functions: { rvas: new Uint32Array(0), sizes: new Uint32Array(0) },
  problems: [],
});

/** Every line follows the one before, and together they are the region's bytes. */
function assertTiles(lines: readonly CodeLine[], region: Region, size: number): void {
  let rva = region.rva;
  for (const line of lines) {
    assert.equal(line.rva, rva);
    assert.equal(line.bytes.length, 2 * Math.min(line.size, 16));
    assert.notEqual(line.text, '');
    rva += line.size;
  }
  assert.equal(rva, region.rva + size);
}

describe('text of code', () => {
  it('of known bytes of each instruction set', async () => {
    const x64 = Uint8Array.from(Buffer.from('554889e54883ec108b45fc83c001eb03cccccce8f7ffffffc3', 'hex'));
    const { regions, instructionSet } = await list(x64, 'raw', [{ rva: 0, size: x64.length, marks: [] }]);
    assert.equal(instructionSet, 'x86-64');
    assert.deepEqual(
      regions[0]?.map(({ rva, text }) => `${rva.toString(16)} ${text}`),
      [
        '0 push rbp',
        '1 mov rbp, rsp',
        '4 sub rsp, 0x10',
        '8 mov eax, [rbp-4]',
        'b add eax, 1',
        'e jmp 0x13',
        '10 int3',
        '11 int3',
        '12 int3',
        '13 call 0xf',
        '18 ret',
      ],
    );
  });

  for (const name of ['sample.elf.hex', 'sample32.elf.hex', 'arm64.elf.hex', 'cil.exe.hex']) {
    it(`every function of ${name}: whole, with a line at each block's start`, async () => {
      const bytes = hexFile(name);
      const genome = extractGenome(bytes, parseImage(bytes, 'file'));
      const regions = Array.from(genome.functionRva, (rva, func) => ({
        rva,
        size: genome.functionSize[func] ?? 0,
        marks: Array.from(genome.blockRva).filter((_one, block) => genome.blockFunction[block] === func),
      }));
      assert.ok(regions.length > 0);
      const listing = await list(bytes, 'file', regions);
      assert.equal(listing.cut, false);
      regions.forEach((region, i) => {
        const lines = listing.regions[i] ?? [];
        assertTiles(lines, region, region.size);
        const starts = new Set(lines.map(({ rva }) => rva));
        for (const mark of region.marks) assert.ok(starts.has(mark), `no line at ${mark}`);
        assert.ok(!lines.some(({ text }) => /^(db|\.word|\.byte)/.test(text)), 'data inside a function');
      });
    });
  }

  it('shows no instruction across a place where one begins', async () => {
    const bytes = Uint8Array.from([0xb8, 1, 2, 3, 4, 0xc3, ...Array.from({ length: 58 }, () => 0x90)]);
    const { regions } = await disassemble(bytes, rawImage(bytes, 'x86-64'), [{ rva: 0, size: 6, marks: [3] }], 100);
    assert.deepEqual(
      regions[0]?.map(({ text }) => text),
      ['db 0xb8', 'add [rdx], eax', 'add eax, [rbx+rax*8]'],
    );
  });

  it('stops at the limit and says so', async () => {
    const bytes = new Uint8Array(100).fill(0x90);
    const region = { rva: 0, size: 10, marks: [] };
    const image = rawImage(bytes, 'x86-64');
    const { regions, cut } = await disassemble(bytes, image, [region, region, region], 15);
    assert.deepEqual([regions.map((lines) => lines.length), cut], [[10, 5, 0], true]);
    assert.equal((await disassemble(bytes, image, [region, region], 20)).cut, false);
  });

  it('never throws, and never leaves a byte out, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.array(fc.nat(300), { maxLength: 5 }),
        async (code, marks) => {
          for (const set of ['x86', 'x86-64', 'arm64', 'cil'] as const) {
            const stretch = { offset: 0, rva: 0x1000, size: code.length };
            const isCil = set === 'cil';
            const cli = {
              rvas: Uint32Array.of(stretch.rva),
              offsets: Uint32Array.of(0),
              sizes: Uint32Array.of(code.length),
            };
            const image = { ...rawImage(code, set), code: isCil ? [] : [stretch], ...(isCil ? { cli } : {}) };
            const region = {
              rva: stretch.rva,
              size: 400,
              marks: marks.map((mark) => mark + stretch.rva).sort((a, b) => a - b),
            };
            const { regions } = await disassemble(code, image, [region], 10_000);
            assertTiles(regions[0] ?? [], region, code.length);
          }
        },
      ),
      { numRuns: LONG ? 20_000 : 150, seed: 7 },
    );
  });
});

const OBJDUMP = '/usr/bin/aarch64-linux-gnu-objdump';
const LIBRARY = '/usr/aarch64-linux-gnu/lib/libstdc++.so.6';

describe('A64 text beside objdump', {
  skip: existsSync(OBJDUMP) && existsSync(LIBRARY) ? false : 'needs binutils and libstdc++ for arm64',
}, () => {
  it('names the instruction as objdump does', async (t) => {
    const bytes = readFileSync(LIBRARY);
    const [range] = parseImage(bytes, 'file').code;
    assert.ok(range !== undefined);
    const from = range.offset + ((range.size >>> 2) & ~3);
    const code = bytes.subarray(from, from + (LONG ? range.size >>> 1 : 400_000));
    const file = join(work, 'code.bin');
    writeFileSync(file, code);
    const options = ['-D', '-z', '-b', 'binary', '-m', 'aarch64', file];
    const listing = execFileSync(OBJDUMP, options, { encoding: 'latin1', maxBuffer: 1 << 30 });
    const theirs = listing.split('\n').flatMap((line) => {
      const [address = '', , name, operands = ''] = line.split('\t');
      return name === undefined || !address.endsWith(':') ? [] : [{ name, operands }];
    });
    const { regions } = await disassemble(
      code,
      rawImage(code, 'arm64'),
      [{ rva: 0, size: code.length, marks: [] }],
      10_000_000,
    );
    const ours = regions[0] ?? [];
    assert.equal(ours.length, theirs.length);
    const differing = new Map<string, number>();
    let unread = 0;
    ours.forEach(({ text }, i) => {
      const [name = ''] = text.split(' ');
      // Two names of the same condition.
      const other = (theirs[i]?.name ?? '').replace(/^b\.cs$/, 'b.hs').replace(/^b\.cc$/, 'b.lo');
      if (name === '.word' && other !== '.inst' && other !== 'udf') unread++;
      else if (name !== '.word' && name !== other)
        differing.set(`${other} / ${name}`, (differing.get(`${other} / ${name}`) ?? 0) + 1);
    });
    t.diagnostic(`${ours.length} words, ${unread} that only objdump reads, ${JSON.stringify([...differing])}`);
    const different = [...differing.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(unread + different <= ours.length / 1_000, `${unread} unread, ${different} different`);
  });
});

const ASSEMBLY = '/usr/lib/mono/4.5/System.Core.dll';

/** What monodis prints of an operand that is a number, in our form; null for what it resolves to a name. */
function numberOf(name: string, operand: string): string | null {
  if (/^(ldc\.i|unaligned|(ld|st)(arg|loc)(a)?\.s$)/.test(name)) {
    const match = /^(-?(?:0x)?[0-9a-f]+)$/.exec(operand);
    return match === null ? null : String(BigInt.asIntN(name === 'ldc.i8' ? 64 : 32, BigInt(match[1] ?? 0)));
  }
  return null;
}

describe('CIL text beside monodis', {
  skip: existsSync('/usr/bin/monodis') && existsSync(ASSEMBLY) ? false : 'needs mono-utils and an assembly',
}, () => {
  it('has the same instructions, constants and branches', async (t) => {
    const bytes = readFileSync(ASSEMBLY);
    const image = parseImage(bytes, 'file');
    const { cli } = image;
    assert.ok(cli !== undefined);
    const output = execFileSync('monodis', [ASSEMBLY], { encoding: 'latin1', maxBuffer: 1 << 30 });
    const starts = new Map(Array.from(cli.rvas, (rva, i) => [rva, cli.sizes[i] ?? 0]));
    let compared = 0;
    for (const method of output.split('// Method begins at RVA ').slice(1)) {
      const header = Number.parseInt(method, 16);
      // A tiny header has one byte, a fat one twelve.
      const rva = starts.has(header + 1) ? header + 1 : header + 12;
      const size = starts.get(rva);
      if (size === undefined || (!LONG && compared > 100_000)) continue;
      const { regions } = await disassemble(bytes, image, [{ rva, size, marks: [] }], 1_000_000);
      const ours = new Map(regions[0]?.map((line) => [line.rva - rva, line.text]));
      for (const line of method.split('\n')) {
        const [, at, name, operand] = /^\s*IL_([0-9a-f]{4,}): {2}(\S+) ?(.*)$/.exec(line) ?? [];
        if (at === undefined || name === undefined) continue;
        const text = ours.get(Number.parseInt(at, 16)) ?? 'nothing';
        const [ourName, ...rest] = text.split(' ');
        assert.equal(ourName, name, `${rva.toString(16)} ${line}`);
        const target = /^IL_([0-9a-f]+)$/.exec(operand?.trim() ?? '')?.[1];
        const wanted =
          target === undefined
            ? numberOf(name, operand?.trim() ?? '')
            : `0x${(rva + Number.parseInt(target, 16)).toString(16)}`;
        if (wanted !== null) assert.equal(rest.join(' '), wanted, `${rva.toString(16)} ${line}`);
        compared++;
      }
    }
    t.diagnostic(`${compared} instructions`);
    assert.ok(compared > 50_000);
  });
});
