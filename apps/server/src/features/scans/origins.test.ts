import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ArtifactVerdict, SCAN_MESSAGES, stringifyJson } from '@genehound/contract';
import { Causes } from './causes.ts';
import { readDocument } from './document.ts';
import type { JudgedSeen } from './judged.ts';
import { originsByArtifact } from './origins.ts';
import { layoutFinder, seenArtifacts } from './places.ts';

/** A packed program that a unit starts writes its last stage into a process of the same user. */
const PACKED = 'a'.repeat(64);
const LOADER = 'b'.repeat(64);
const STAGE = 'c'.repeat(64);
const VICTIM = 'd'.repeat(64);

const region = (pid: number, base_address: number, sha256: string) => ({
  pid,
  base_address,
  size_in_bytes: 4096,
  protection: 'r-xp',
  backing: 'anonymous',
  classification: 'code',
  evidence: [],
  sha256,
  layout: 'raw',
});

function documentOf(parent: { readonly pid: number; readonly start: number }) {
  const run = (pid: number, ppid: number, path: string, start: number) => ({
    pid,
    ppid,
    process_path: path,
    username: pid === parent.pid ? 'root' : 'www',
    start_time: start,
  });
  const messages = {
    processes_info: {
      processes_info: [
        run(parent.pid, 0, '/sbin/init', parent.start),
        run(20, parent.pid, '/opt/packed', 5),
        run(30, parent.pid, '/bin/victim', 3),
      ],
    },
    autoruns_info: {
      autoruns_info: [
        {
          category: 'systemd',
          entry_path: '/etc/systemd/system/x.service',
          extracted_files: { '/opt/packed': { full_path: '/opt/packed', sha256: PACKED } },
        },
      ],
    },
    files_info: {
      files_info: [
        { file_path: '/opt/packed', sha256: PACKED },
        { file_path: '/bin/victim', sha256: VICTIM },
      ],
    },
    regions_info: { version: 1, regions_info: [region(20, 0x1000, LOADER), region(30, 0x2000, STAGE)] },
  };
  return readDocument(
    Object.entries(messages).map(([message, value]) => {
      assert.ok(Object.hasOwn(SCAN_MESSAGES, message));
      return { message, part: 0, sha256: '', body: new TextEncoder().encode(stringifyJson(value)) };
    }),
  );
}

const VERDICTS: Readonly<Record<string, ArtifactVerdict>> = { [LOADER]: 'suspicious', [STAGE]: 'malicious' };

function originsOf(parent = { pid: 1, start: 1 }, verdicts = VERDICTS) {
  const document = documentOf(parent);
  const judged = seenArtifacts(document, layoutFinder([])).artifacts.map((seen): JudgedSeen => {
    const verdict = verdicts[seen.sha256] ?? (seen.sha256 === VICTIM ? 'trusted' : 'unknown');
    return {
      seen,
      verdict,
      subVerdict: 'unknown',
      evidence: null,
      families: [],
      why: [],
      missing: false,
      failed: false,
      rules: 1,
    };
  });
  const origins = originsByArtifact(new Causes(document, judged), judged);
  return (sha256: string, layout: string) =>
    (origins.get(`${sha256}/${layout}`) ?? []).map(
      ({ from, to, certainty }) => `${from.kind} ${from.name} -> ${to.kind} ${to.name}: ${certainty}`,
    );
}

test('of a chain every link is there, and what nobody saw is said to be inferred', () => {
  const origins = originsOf();
  assert.deepEqual(origins(LOADER, 'raw'), [
    'autorun /etc/systemd/system/x.service -> file /opt/packed: seen',
    'process /sbin/init -> process /opt/packed: seen',
    'file /opt/packed -> process /opt/packed: seen',
    'process /opt/packed -> memory 0x1000: seen',
  ]);
  assert.deepEqual(origins(STAGE, 'raw'), [
    'process /sbin/init -> process /bin/victim: seen',
    'file /bin/victim -> process /bin/victim: seen',
    'memory 0x1000 -> process /bin/victim: inferred',
    'process /bin/victim -> memory 0x2000: seen',
  ]);
  assert.equal(origins(VICTIM, 'file').length, 0, 'nothing is told of what is trusted');
});

test('code that nobody doubts is no cause, and a parent that came later is none', () => {
  const trusted = originsOf(undefined, { [STAGE]: 'malicious', [LOADER]: 'trusted' });
  assert.ok(!trusted(STAGE, 'raw').some((line) => line.includes('inferred')));
  const late = originsOf({ pid: 1, start: 9 });
  assert.ok(!late(STAGE, 'raw').some((line) => line.startsWith('process /sbin/init')));
});
