import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { countGenes } from './gene-estimate.ts';

const root = join(import.meta.dirname, '../../..');

for (const [instructionSet, architecture] of [
  ["'x86-64'", 'amd64'],
  ['arm64', 'arm64'],
] as const) {
  test(`scanner and server embed the same encoded code: ${architecture}`, () => {
    const scanner = readFileSync(join(root, `scanner/internal/selftest/code_${architecture}.bin`));
    const server = readFileSync(join(root, 'apps/server/src/features/genome/test-threat.gen.ts'), 'utf8');
    const entry = server.split(`\n  ${instructionSet}: [\n`)[1]?.split('\n  ],\n')[0] ?? '';
    const base64 = [...entry.matchAll(/^ {4}'([A-Za-z0-9+/=]+)',$/gm)].map((match) => match[1]).join('');
    assert.equal(base64, scanner.toString('base64'));
    const key = /const KEY = (0x[0-9a-f]+);/.exec(server)?.[1];
    const goKey = /const key uint32 = (0x[0-9a-f]+)/.exec(
      readFileSync(join(root, 'scanner/internal/selftest/code_gen.go'), 'utf8'),
    )?.[1];
    assert.ok(key);
    assert.equal(key, goKey);
  });
}

test('the estimate counts functions, and distinct blocks of six informative instructions', () => {
  const body = [
    'mov    %edi,%eax',
    'add    $0x5,%eax',
    'xor    %esi,%eax',
    'shl    $0x3,%eax',
    'sub    %edx,%eax',
    'or     $0x9,%eax',
  ];
  const listing = (at: number, name: string, lines: readonly string[]) =>
    [
      `${at.toString(16).padStart(16, '0')} <${name}>:`,
      ...lines.map((line, i) => `  ${(at + i).toString(16)}:\t${line}`),
    ].join('\n');
  const same = listing(0x10, 'a', [...body, 'ret']);
  assert.deepEqual(countGenes(same), { functions: 1, blocks: 1 });
  assert.deepEqual(countGenes([same, listing(0x40, 'b', [...body, 'ret'])].join('\n')), { functions: 2, blocks: 1 });
  assert.deepEqual(countGenes(listing(0x10, 'a', [...body.slice(1), 'push   %rbx', 'ret'])), {
    functions: 1,
    blocks: 0,
  });
});
