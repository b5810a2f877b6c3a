import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { SCAN_MESSAGES, stringifyJson } from '@genehound/contract';
import fc from 'fast-check';
import { buildReport, processNodes, processPaths, scanInput } from './build-report.ts';
import { coverageOf } from './coverage.ts';
import { lostMessages, readDocument, type ScanDocument } from './document.ts';
import type { JudgedSeen } from './judged.ts';
import { findingsOf, layoutFinder, type SeenArtifact, seenArtifacts } from './places.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const C = 'c'.repeat(64);

function documentOf(messages: Readonly<Record<string, object>>): ScanDocument {
  const parts = Object.entries(messages).map(([name, value]) => {
    const [message = '', part = '0'] = name.split('/');
    const body = new TextEncoder().encode(stringifyJson(value));
    return { message, part: Number(part), sha256: createHash('sha256').update(body).digest('hex'), body };
  });
  return readDocument(parts);
}

const seen = (document: ScanDocument) => seenArtifacts(document, layoutFinder([])).artifacts;
const find = (artifacts: readonly SeenArtifact[], sha256: string) =>
  artifacts.find((artifact) => artifact.sha256 === sha256);

test('a file is seen in every process that loaded it, at its address; on disk alone without one', () => {
  const document = documentOf({
    processes_info: {
      processes_info: [
        { pid: 5, ppid: 1, process_path: '/bin/a' },
        { pid: 6, ppid: 1, process_path: '/bin/a' },
      ],
    },
    'loaded_modules_info/5': { loaded_modules_info: [{ base_address: 2n ** 63n, file_path: '/bin/a' }] },
    files_info: {
      files_info: [
        { file_path: '/bin/a', sha256: A },
        { file_path: '/bin/b', sha256: B },
        { file_path: '/etc/c', sha256: C, is_image: false },
      ],
    },
  });
  const artifacts = seen(document);
  assert.deepEqual(find(artifacts, A)?.places, [
    { pid: 5, address: 2n ** 63n, kind: 'module', path: '/bin/a' },
    { pid: 6, address: 0n, kind: 'file', path: '/bin/a' },
  ]);
  assert.deepEqual(find(artifacts, B)?.places, [{ pid: 0, address: 0n, kind: 'file', path: '/bin/b' }]);
  assert.equal(find(artifacts, C), undefined, 'a document is no artifact');
});

test('Windows paths are one in any case, others are not', () => {
  const document = documentOf({
    processes_info: {
      processes_info: [
        { pid: 5, ppid: 1, process_path: 'C:\\Tools\\X.exe' },
        { pid: 6, ppid: 1, process_path: '/Bin/A' },
      ],
    },
    files_info: {
      files_info: [
        { file_path: 'c:\\tools\\x.exe', sha256: A },
        { file_path: '/bin/a', sha256: B },
      ],
    },
  });
  assert.deepEqual(
    find(seen(document), A)?.places.map(({ pid }) => pid),
    [5],
  );
  assert.deepEqual(
    find(seen(document), B)?.places.map(({ pid }) => pid),
    [0],
  );
});

test('one path with two contents, as in containers, belongs to both', () => {
  const document = documentOf({
    processes_info: { processes_info: [{ pid: 5, ppid: 1, process_path: '/app' }] },
    files_info: {
      files_info: [
        { file_path: '/app', sha256: A },
        { file_path: '/app', sha256: B },
      ],
    },
  });
  assert.deepEqual(
    seen(document)
      .map(({ sha256 }) => sha256)
      .sort(),
    [A, B],
  );
});

test('findings go with their artifact and its changes; dumps take the layout they came in', () => {
  const document = documentOf({
    processes_info: { processes_info: [{ pid: 9, ppid: 1, process_path: '/bin/x' }] },
    memory_module_dumps_info: { memory_module_dumps_info: [{ base_address: 4096, pid: 9, sha256: A }] },
    findings_info: {
      version: 1,
      findings_info: [
        {
          finding: 'patched',
          pid: 9,
          base_address: 4096,
          sha256: A,
          layout: 'raw',
          details: 'x',
          changes: [{ rva: 16, size_in_bytes: 3 }],
        },
      ],
    },
  });
  const { artifacts } = seenArtifacts(document, () => 'raw');
  assert.equal(artifacts.length, 1);
  assert.deepEqual(artifacts[0]?.layout, 'raw');
  assert.deepEqual(artifacts[0]?.findings, [
    { kind: 'patched', changes: [{ rva: 16, size: 3 }], leadsToTrusted: false, pid: 9, leadsTo: [] },
  ]);
});

test('a finding stands for every process in which the very same was found', () => {
  const finding = {
    finding: 'hooked',
    pid: 5,
    base_address: 4096,
    sha256: A,
    layout: 'mapped',
    details: 'x',
    other_pids: [6, 7],
  };
  const document = documentOf({ 'findings_info/0': { version: 1, findings_info: [finding] } });
  const places = find(seen(document), A)?.places ?? [];
  assert.deepEqual(
    places.map(({ pid, address }) => [pid, address]),
    [5, 6, 7].map((pid) => [pid, 4096n]),
  );
});

test('what public clients say of injected and differing modules becomes findings; our own scanner says it itself', () => {
  const messages = {
    injected_modules_info: { injected_modules_info: [{ base_address: 4096, pid: 9 }] },
    file_module_differences: {
      file_module_differences: [
        {
          file_path: '/m',
          modules: [{ base_address: 8192, pid: 9, comparison_result: [{ type: 'nt_header_mismatch' }] }],
        },
      ],
    },
    memory_module_dumps_info: { memory_module_dumps_info: [{ base_address: 4096, pid: 9, sha256: A }] },
  };
  const made = findingsOf(documentOf(messages));
  assert.deepEqual(
    made.map(({ finding, sha256 }) => [finding, sha256]),
    [
      ['implanted-image', A],
      ['header-modified', undefined],
    ],
  );
  const coverage_info = {
    version: 1,
    complete: true,
    privileges: { user: 'r', held: [], missing: [] },
    processes: [],
    problems: [],
  };
  assert.deepEqual(findingsOf(documentOf({ ...messages, coverage_info: { coverage_info } })), []);
});

test('a refused part is lost for good, a refused whole only until it came', () => {
  const document = documentOf({ host_info: { host_info: {} }, files_info: { files_info: [] } });
  assert.deepEqual(lostMessages(document, ['host_info', 'files_info', 'autoruns_info', null]), [
    'autoruns-info (it was refused)',
    'files-info (it was refused)',
  ]);
  assert.deepEqual(document.missing, ['processes-info']);
});

function judged(artifact: SeenArtifact, verdict: JudgedSeen['verdict']): JudgedSeen {
  return {
    seen: artifact,
    verdict,
    subVerdict: 'unknown',
    evidence: null,
    families: [],
    why: [],
    missing: false,
    failed: false,
    rules: 1,
  };
}

test('a process is as bad as the worst of what it holds', () => {
  const document = documentOf({
    processes_info: {
      processes_info: [
        { pid: 5, ppid: 1, process_path: '/bin/a', start_time: 1e300 },
        { pid: 6, ppid: 5, process_path: null },
      ],
    },
    'loaded_modules_info/5': {
      loaded_modules_info: [
        { base_address: 1, file_path: '/bin/a' },
        { base_address: 2, file_path: '/bin/b' },
      ],
    },
    files_info: {
      files_info: [
        { file_path: '/bin/a', sha256: A },
        { file_path: '/bin/b', sha256: B },
      ],
    },
  });
  const artifacts = seen(document).map((artifact) => judged(artifact, artifact.sha256 === A ? 'trusted' : 'malicious'));
  const nodes = processNodes(document, artifacts);
  assert.deepEqual(
    nodes.map(({ pid, verdict, artifacts: count, startedAt }) => [pid, verdict, count, startedAt]),
    [
      [5, 'malicious', 2, null],
      [6, null, 0, null],
    ],
  );
});

test('property: any well-formed messages make a report, and never lose an artifact', () => {
  const hash = fc.constantFrom(A, B, C);
  const path = fc.constantFrom('/bin/a', 'c:\\A.dll', '', '/bin/b');
  const address = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const pid = fc.integer({ min: 0, max: 5 });
  const messages = fc.record({
    processes_info: fc.record({
      processes_info: fc.array(fc.record({ pid, ppid: pid, process_path: fc.option(path) })),
    }),
    files_info: fc.record({ files_info: fc.array(fc.record({ file_path: path, sha256: hash })) }),
    'loaded_modules_info/3': fc.record({
      loaded_modules_info: fc.array(fc.record({ base_address: address, file_path: fc.option(path) })),
    }),
    memory_module_dumps_info: fc.record({
      memory_module_dumps_info: fc.array(
        fc.record({ base_address: address, pid, sha256: hash, is_fileless: fc.boolean() }),
      ),
    }),
    findings_info: fc.record({
      version: fc.constant(1),
      findings_info: fc.array(
        fc.record({
          finding: fc.constantFrom('hooked', 'implanted-code'),
          pid,
          base_address: address,
          details: fc.string(),
        }),
      ),
    }),
  });
  fc.assert(
    fc.property(messages, (value) => {
      const document = documentOf(value);
      assert.deepEqual(document.unreadable, []);
      const artifacts = seen(document);
      const expected = new Set([
        ...value.files_info.files_info.map((file) => `${file.sha256}file`),
        ...value.memory_module_dumps_info.memory_module_dumps_info.map(
          (dump) => `${dump.sha256}${dump.is_fileless ? 'raw' : 'mapped'}`,
        ),
      ]);
      assert.deepEqual(new Set(artifacts.map(({ sha256, layout }) => sha256 + layout)), expected);
      assert.ok(artifacts.every(({ places }) => places.length > 0));
      const all = artifacts.map((artifact) => judged(artifact, 'unknown'));
      const coverage = coverageOf(document, processPaths(document), []);
      const input = scanInput(document, all, coverage, { reason: 'done', lost: [] });
      assert.equal(
        input.artifacts.length,
        artifacts.length + document.findings.length,
        'a finding without code counts',
      );
      const frame = {
        scanId: A,
        endpoint: { id: A, name: 'x', operatingSystem: null, identity: 'name_only' as const },
        hunt: null,
        verdict: 'no_threats' as const,
        families: [],
        reasons: [],
        times: { createdAt: '', endedAt: null, finishedAt: null },
      };
      assert.equal(buildReport(document, all, coverage, frame).notTrusted.length, artifacts.length);
    }),
    { numRuns: 100 },
  );
});

test('lists that name each other are taken in at once, and nothing in them is lost', () => {
  const count = 30_000;
  const hash = (index: number) => index.toString(16).padStart(64, '0');
  const indexes = Array.from({ length: count }, (_, index) => index);
  const document = documentOf({
    processes_info: { processes_info: indexes.map((pid) => ({ pid, ppid: 1, process_path: `/p/${pid}` })) },
    'loaded_modules_info/5': {
      loaded_modules_info: indexes.map((index) => ({
        base_address: index * 16,
        file_path: index % 100 === 0 ? '/same' : `/m/${index}`,
        mapped_size_in_bytes: 16,
      })),
    },
    files_info: { files_info: indexes.map((index) => ({ file_path: '/same', sha256: hash(index) })) },
    memory_module_dumps_info: {
      memory_module_dumps_info: indexes.map((index) => ({
        base_address: index * 16 + 3,
        pid: 5,
        sha256: hash(count + index),
      })),
    },
    injected_modules_info: {
      injected_modules_info: indexes.map((index) => ({ base_address: index * 16 + 3, pid: 5 })),
    },
  });
  const started = performance.now();
  const artifacts = seen(document);
  // Quadratic work takes minutes here; the bound is far from either.
  assert.ok(performance.now() - started < 20_000);
  assert.equal(artifacts.length, 2 * count);
  assert.deepEqual(find(artifacts, hash(count + 7))?.places, [{ pid: 5, address: 115n, kind: 'module', path: '/m/7' }]);
  assert.equal(find(artifacts, hash(count + 7))?.findings.length, 1);
  assert.equal(find(artifacts, hash(0))?.places.length, count / 100);
  assert.deepEqual(find(artifacts, hash(count - 1))?.places, [{ pid: 0, address: 0n, kind: 'file', path: '/same' }]);
});

test('memory is judged in the layout in which it came, where what the scan says of it does not fit', () => {
  const both = layoutFinder([
    { sha256: A, layout: 'raw' },
    { sha256: B, layout: 'mapped' },
    { sha256: B, layout: 'raw' },
    { sha256: C, layout: 'file' },
  ]);
  assert.equal(both(A, 'mapped'), 'raw', 'it came as raw alone');
  assert.equal(both(A, null), 'raw');
  assert.equal(both(B, 'mapped'), 'mapped');
  assert.equal(both(B, 'raw'), 'raw');
  assert.equal(both(C, 'raw'), 'raw', 'a file of the same bytes is not memory');
  assert.equal(both('d'.repeat(64), null), 'mapped');
});

test('images beyond what one path may have are told of', () => {
  const files = Array.from({ length: 300 }, (_unused, index) => ({
    file_path: '/bin/many',
    sha256: index.toString(16).padStart(64, '0'),
  }));
  const document = documentOf({
    processes_info: { processes_info: [{ pid: 5, ppid: 1, process_path: '/bin/many' }] },
    files_info: { files_info: files },
  });
  const { artifacts, leftOut } = seenArtifacts(document, layoutFinder([]));
  assert.equal(artifacts.length, 300, 'each is judged');
  assert.match(leftOut.join(), /More than 256 images/);
});

test('what cannot be read, or is too much for one scan, is named and leaves the rest', () => {
  const encode = (value: string) => new TextEncoder().encode(value);
  const padding = `[${'0,'.repeat(3_500_000)}0]`;
  const modules = encode(`{"loaded_modules_info":[{"base_address":1,"file_path":null}],"more":${padding}}`);
  const document = readDocument([
    { message: 'processes_info', part: 0, sha256: '', body: encode('{"processes_info":[') },
    ...[7, 8, 9].map((part) => ({ message: 'loaded_modules_info', part, sha256: '', body: modules })),
    { message: 'of_the_future', part: 0, sha256: '', body: encode('{}') },
  ]);
  assert.deepEqual(document.unreadable, [
    'processes-info (part 0)',
    `${SCAN_MESSAGES.loaded_modules_info.route} (part 9)`,
  ]);
  assert.deepEqual([...document.modules.keys()], [7, 8]);
});
