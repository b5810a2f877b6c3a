import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseImage, readVersionInfo } from '@genehound/binary';
import { extractGenome } from '@genehound/genes';
import { type FuzzTarget, fuzz } from './campaign.ts';
import type { Chance } from './changes.ts';
import { goldenFile, LAYOUTS, windowsLibrary } from './samples.ts';
import { assertSoundGenome, assertSoundImage } from './sound.ts';

const PE32 = windowsLibrary('i686-w64-mingw32-gcc');
const PE64 = windowsLibrary('x86_64-w64-mingw32-gcc');
const FILES: Readonly<Record<string, Uint8Array | null>> = {
  ELF64: goldenFile('sample.elf.hex'),
  ELF32: goldenFile('sample32.elf.hex'),
  'ELF of arm64': goldenFile('arm64.elf.hex'),
  PE32,
  'PE32+': PE64,
};
/** Header and section table of a PE, program headers of an ELF; their tables lie behind. */
const HEADER = 0x400;

const layoutOf = (chance: Chance) => LAYOUTS[chance.below(LAYOUTS.length)] ?? 'file';

describe('changed files', () => {
  for (const [name, bytes] of Object.entries(FILES)) {
    const target: FuzzTarget = {
      name,
      samples: bytes === null ? [] : [{ bytes, header: HEADER }],
      quick: 15_000,
      read: (changed, chance) => {
        const image = parseImage(changed, chance.below(2) === 0 ? 'file' : 'mapped');
        assertSoundImage(image, changed.length);
        return image.code.length > 0;
      },
    };
    const skip = bytes === null ? 'needs Debian mingw-w64' : false;
    it(`have a sound structure: ${name}`, { skip }, async (t) => t.diagnostic(await fuzz(target)));
  }
});

describe('changed assemblies', () => {
  const bytes = goldenFile('cil.exe.hex');
  const root = Buffer.from(bytes).indexOf('BSJB');
  /** CLI header, method bodies, metadata: the first section of the file, without the headers before it. */
  const headless = bytes.slice(0x200);
  const samples = [
    { bytes, header: root + 0x400 },
    { bytes: headless, header: root + 0x200 },
  ];

  it('have sound methods', async (t) => {
    const target: FuzzTarget = {
      name: 'CLI',
      samples,
      quick: 15_000,
      read: (changed, chance) => {
        const image = parseImage(changed, layoutOf(chance));
        assertSoundImage(image, changed.length);
        return (image.cli?.rvas.length ?? 0) > 0;
      },
    };
    t.diagnostic(await fuzz(target));
  });

  it('have sound genes', async (t) => {
    const target: FuzzTarget = {
      name: 'CIL',
      samples,
      quick: 10_000,
      read: (changed, chance) => {
        const genome = extractGenome(changed, parseImage(changed, layoutOf(chance)));
        assertSoundGenome(genome, changed.length);
        return genome.blockRva.length > 0;
      },
    };
    t.diagnostic(await fuzz(target));
  });
});

describe('the extractor', () => {
  it('gives a sound genome for changed files of every format, in every layout', async (t) => {
    const files = Object.values(FILES).filter((bytes) => bytes !== null);
    const target: FuzzTarget = {
      name: 'extractor',
      samples: files.map((bytes) => ({ bytes, header: HEADER })),
      quick: 10_000,
      read: (changed, chance) => {
        const genome = extractGenome(changed, parseImage(changed, layoutOf(chance)));
        assertSoundGenome(genome, changed.length);
        return genome.blockRva.length > 0;
      },
    };
    t.diagnostic(await fuzz(target));
  });
});

describe('version information', () => {
  for (const [name, bytes] of Object.entries({ PE32, 'PE32+': PE64 })) {
    const skip = bytes === null ? 'needs Debian mingw-w64' : false;
    it(`of changed files ends: ${name}`, { skip }, async (t) => {
      const valid = bytes ?? new Uint8Array(0);
      const key = Buffer.from(valid).indexOf(Buffer.from('VS_VERSION_INFO', 'utf16le'));
      assert.ok(key > 0);
      // Directories lie just before the resource. The file is cut behind it: nothing else of it is read.
      const target: FuzzTarget = {
        name: `version of ${name}`,
        samples: [{ bytes: valid.slice(0, key + 0x300), header: HEADER }],
        quick: 5_000,
        read: (changed) => {
          const found = readVersionInfo(changed);
          if (found === null) return false;
          for (const text of Object.values(found)) assert.ok(text.length <= 300);
          return true;
        },
      };
      t.diagnostic(await fuzz(target));
    });
  }
});
