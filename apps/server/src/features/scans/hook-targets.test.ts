import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FindingInfo } from '@genehound/contract';
import { trustHooks } from './hook-targets.ts';
import type { SeenArtifact } from './places.ts';

const LIBC = 'a'.repeat(64);
const AGENT = 'b'.repeat(64);

function hooked(pid: number, leadsTo: readonly string[]): SeenArtifact {
  const finding = { kind: 'hooked', changes: [{ rva: 16, size: 5 }], leadsToTrusted: false, pid, leadsTo } as const;
  return { sha256: LIBC, layout: 'mapped', places: [], findings: [finding] };
}

function module(sha256: string, pid: number, path: string): SeenArtifact {
  return { sha256, layout: 'file', places: [{ pid, address: 4096n, kind: 'module', path }], findings: [] };
}

const found = (pid: number, path: string): FindingInfo => ({
  finding: 'patched',
  pid,
  base_address: 4096,
  module_path: path,
  details: '',
});

function outcome(seen: readonly SeenArtifact[], findings: readonly FindingInfo[] = [], trusted: string[] = [AGENT]) {
  return trustHooks(seen, findings, (sha256) => (trusted.includes(sha256) ? 'trusted' : 'unknown'))[0]?.findings[0]
    ?.leadsToTrusted;
}

test('a hook that leads into a trusted module of its process is excused', () => {
  assert.equal(outcome([hooked(7, ['/opt/agent.so']), module(AGENT, 7, '/opt/agent.so')]), true);
});

test('nothing else excuses it', () => {
  const agent = module(AGENT, 7, '/opt/agent.so');
  assert.equal(outcome([hooked(7, []), agent]), false, 'not told where it leads');
  assert.equal(outcome([hooked(8, ['/opt/agent.so']), agent]), false, 'loaded in another process');
  assert.equal(outcome([hooked(7, ['/opt/agent.so']), agent], [], []), false, 'not trusted');
  assert.equal(outcome([hooked(7, ['/opt/agent.so', '/tmp/x.so']), agent]), false, 'one of two is unknown');
  assert.equal(outcome([hooked(7, ['/opt/agent.so']), agent], [found(7, '/opt/agent.so')]), false, 'target changed');
  const twin = module('c'.repeat(64), 7, '/opt/agent.so');
  assert.equal(outcome([hooked(7, ['/opt/agent.so']), agent, twin]), false, 'two files at one path');
  const loose = module('c'.repeat(64), 0, '/opt/agent.so');
  assert.equal(outcome([hooked(7, ['/opt/agent.so']), agent, loose]), false, 'a file of that path in no process');
});
