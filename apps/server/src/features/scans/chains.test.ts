import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ArtifactVerdict, stringifyJson } from '@genehound/contract';
import { Causes } from './causes.ts';
import { chainsOf } from './chains.ts';
import { readDocument, type ScanDocument } from './document.ts';
import { bySeverity, type JudgedSeen } from './judged.ts';
import { layoutFinder, type Place, type SeenArtifact, seenArtifacts } from './places.ts';

interface Run {
  readonly pid: number;
  readonly user?: string;
  readonly tracer?: number;
  /** Hash digit and verdict of the code without a file that it holds. */
  readonly code?: readonly [string, ArtifactVerdict];
}

function judgedAs(seen: SeenArtifact, verdict: ArtifactVerdict): JudgedSeen {
  const nothing = { subVerdict: 'unknown', evidence: null, rules: 1, families: [], why: [] } as const;
  return { ...nothing, seen, verdict, missing: false, failed: false };
}

function chainsIn(runs: readonly Run[]): readonly string[] {
  const processes = runs.map(({ pid, user = 'www', tracer }) => ({
    pid,
    ppid: 1,
    process_path: `/bin/p${pid}`,
    username: user,
    ...(tracer === undefined ? {} : { tracer_pid: tracer }),
  }));
  const regions = runs.flatMap(({ pid, code }) =>
    code === undefined
      ? []
      : [
          {
            pid,
            base_address: 4096 * pid,
            size_in_bytes: 4096,
            protection: 'r-xp',
            backing: 'anonymous',
            classification: 'code',
            evidence: [],
            sha256: code[0].repeat(64),
            layout: 'raw',
          },
        ],
  );
  const messages = {
    processes_info: { processes_info: processes },
    regions_info: { version: 1, regions_info: regions },
  };
  const document = readDocument(
    Object.entries(messages).map(([message, value]) => ({
      message,
      part: 0,
      sha256: '',
      body: new TextEncoder().encode(stringifyJson(value)),
    })),
  );
  const verdicts = new Map(runs.flatMap(({ code }) => (code === undefined ? [] : [[code[0], code[1]] as const])));
  const judged = seenArtifacts(document, layoutFinder([]))
    .artifacts.map((seen) => judgedAs(seen, verdicts.get(seen.sha256[0] ?? '') ?? 'unknown'))
    .toSorted(bySeverity);
  return chainsOf(new Causes(document, judged), judged).map(({ links, inferred, alternatives }) => {
    const last = links.at(-1)?.to.name;
    for (const [at, link] of links.entries()) assert.deepEqual(link.from, links[at - 1]?.to ?? link.from, 'one line');
    return `${[...links.map(({ from }) => from.name), last].join(' > ')} (${inferred} inferred, ${alternatives} others)`;
  });
}

test('a chain goes through every stage once, whoever might have been the source of whom', () => {
  assert.deepEqual(
    chainsIn([
      { pid: 2, code: ['a', 'suspicious'] },
      { pid: 3, code: ['b', 'malicious'] },
    ]),
    ['/bin/p2 > /bin/p2 > 0x2000 > /bin/p3 > 0x3000 (1 inferred, 0 others)'],
  );
});

test('code in one process, code that nobody doubts and code of another user make no chain', () => {
  assert.deepEqual(chainsIn([{ pid: 2, code: ['a', 'malicious'] }, { pid: 3 }]), []);
  assert.deepEqual(
    chainsIn([
      { pid: 2, code: ['a', 'malicious'] },
      { pid: 3, code: ['b', 'unknown'] },
    ]),
    [],
  );
  assert.deepEqual(
    chainsIn([
      { pid: 2, user: 'root', code: ['a', 'malicious'] },
      { pid: 3, code: ['b', 'suspicious'] },
    ]),
    [],
  );
});

test('who traces a process is seen to have hold of it, whether or not code was found in the tracer', () => {
  assert.deepEqual(chainsIn([{ pid: 2 }, { pid: 3, tracer: 2, code: ['b', 'malicious'] }]), [
    '/bin/p2 > /bin/p2 > /bin/p3 > 0x3000 (0 inferred, 0 others)',
  ]);
  assert.deepEqual(
    chainsIn([
      { pid: 2, code: ['a', 'suspicious'] },
      { pid: 3, tracer: 2, code: ['b', 'malicious'] },
      { pid: 4, code: ['c', 'suspicious'] },
    ]).slice(0, 1),
    ['/bin/p4 > /bin/p4 > 0x4000 > /bin/p2 > 0x2000 > /bin/p3 > 0x3000 (1 inferred, 0 others)'],
  );
  assert.deepEqual(chainsIn([{ pid: 3, tracer: 77, code: ['b', 'malicious'] }]), [], 'a tracer that is not there');
});

test('a scan that invents processes with code does not hold the server up', () => {
  const runs = Array.from({ length: 3_000 }, (_unused, at): Run => ({ pid: at + 2, code: ['b', 'malicious'] }));
  const started = performance.now();
  assert.deepEqual(chainsIn(runs), []);
  assert.ok(performance.now() - started < 10_000);
});

test('nor does one that names a file, a path or code in a process ever so often', () => {
  const many = <T>(one: T): T[] => Array.from({ length: 200_000 }, () => one);
  const file = { sha256: 'f'.repeat(64), file_path: '/bin/p' };
  const named = { full_path: file.file_path, sha256: file.sha256 };
  // One process of the same user as another with code; the others are alone, and are asked how they came to run.
  const processes = Array.from({ length: 450 }, (_unused, at) => {
    return { pid: at + 2, ppid: 1, process_path: '/bin/p', username: at < 2 ? 'www' : `user ${at}` };
  });
  const document: ScanDocument = {
    ...readDocument([]),
    processes,
    files: many(file),
    autoruns: many({ entry_path: 'entry', extracted_files: { named } }),
  };
  const place = (pid: number, at: number): Place => ({ pid, address: BigInt(at), kind: 'region', path: null });
  const code = (digit: string, places: readonly Place[]): JudgedSeen =>
    judgedAs({ sha256: digit.repeat(64), layout: 'raw', places, findings: [] }, 'malicious');
  const alone = processes.slice(1).map(({ pid }) => place(pid, 0));
  const judged = [code('b', alone), code('c', many(2).map(place))];
  const started = performance.now();
  const chains = chainsOf(new Causes(document, judged), judged);
  assert.ok(performance.now() - started < 5_000, `${performance.now() - started} ms`);
  assert.deepEqual(
    chains.map(({ links }) => links.map(({ from }) => from.name)),
    [['entry', '/bin/p', '/bin/p', '0x0', '/bin/p']],
  );
});

test('nor does one whose processes all run a program that is trusted', () => {
  const [trusted, code] = ['f'.repeat(64), 'b'.repeat(64)];
  const processes = Array.from({ length: 200_000 }, (_unused, at) => {
    return { pid: at + 2, ppid: 1, process_path: at < 2 ? '/tmp/x' : '/bin/p', username: 'www' };
  });
  const files = [{ sha256: trusted, file_path: '/bin/p' }];
  const document: ScanDocument = { ...readDocument([]), processes, files };
  // What is looked at lies in two that nobody trusts, and the rest may not have put it there.
  const pids = [...Array.from({ length: 500 }, (_unused, at) => 2 + (at % 2)), ...processes.map(({ pid }) => pid)];
  const places = pids.map((pid, at): Place => ({ pid, address: BigInt(at), kind: 'region', path: null }));
  const judged = [
    judgedAs({ sha256: code, layout: 'raw', places, findings: [] }, 'malicious'),
    judgedAs({ sha256: trusted, layout: 'file', places: [], findings: [] }, 'trusted'),
  ];
  const started = performance.now();
  assert.deepEqual(chainsOf(new Causes(document, judged), judged), []);
  assert.ok(performance.now() - started < 5_000, `${performance.now() - started} ms`);
});
