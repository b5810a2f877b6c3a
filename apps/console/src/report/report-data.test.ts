import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer, Evidence, FamilyShare } from '@genehound/contract';
import fc from 'fast-check';
import { barSegments } from './gene-bar.ts';
import { groupNotRead, type NotRead, readable } from './not-read.ts';
import { processMarks } from './process-marks.ts';

function evidence(part: Partial<Evidence>): Evidence {
  return {
    rule: 'unknown',
    reasons: [],
    geneCount: 0,
    commonGenes: 0,
    uniqueGenes: 0,
    trustedShare: 0,
    families: [],
    findings: [],
    problems: [],
    ...part,
  };
}

function family(type: FamilyShare['type']): FamilyShare {
  return {
    familyId: '018f0000-0000-7000-8000-000000000001',
    name: 'f',
    type,
    scope: 'global',
    reusedGenes: 20,
    uniqueGenes: 20,
    functions: 3,
    exactFunctions: 0,
    share: 0.2,
  };
}

describe('the bar of genes', () => {
  it('splits into parts that do not overlap', () => {
    const bar = barSegments(
      evidence({ geneCount: 100, commonGenes: 25, uniqueGenes: 30, trustedShare: 0.5, families: [family('malware')] }),
    );
    assert.deepEqual(bar, [
      { part: 'malicious', genes: 20, share: 0.16 },
      { part: 'trusted', genes: 50, share: 0.4 },
      { part: 'none', genes: 30, share: 0.24 },
      { part: 'common', genes: 25, share: 0.2 },
    ]);
  });

  it('is empty without genes, and names tools apart from malware', () => {
    assert.deepEqual(barSegments(evidence({})), []);
    assert.equal(barSegments(evidence({ geneCount: 10, families: [family('administration_tool')] }))[0]?.part, 'tool');
  });

  it('always adds up, whatever the evidence claims', () => {
    const number = fc.integer({ min: -10, max: 1_000 });
    fc.assert(
      fc.property(
        number,
        number,
        number,
        fc.double({ min: -1, max: 3, noNaN: true }),
        (geneCount, commonGenes, uniqueGenes, trustedShare) => {
          const bar = barSegments(evidence({ geneCount, commonGenes, uniqueGenes, trustedShare }));
          const sum = bar.reduce((all, segment) => all + segment.share, 0);
          assert.ok(bar.length === 0 || Math.abs(sum - 1) < 1e-9);
          assert.ok(bar.every((segment) => segment.genes > 0));
        },
      ),
    );
  });
});

describe('what was not read', () => {
  it('is grouped by reason, what makes the scan incomplete first', () => {
    const one = (pid: number, reason: NotRead['reason'], incomplete: boolean): NotRead => ({
      pid,
      path: null,
      reason,
      details: null,
      incomplete,
    });
    const groups = groupNotRead([
      one(2, 'kernel_thread', false),
      one(9, 'no_privileges', true),
      one(3, 'kernel_thread', false),
    ]);
    assert.deepEqual(
      groups.map((group) => [group.reason, group.incomplete, group.processes.map((process) => process.pid)]),
      [
        ['no_privileges', true, [9]],
        ['kernel_thread', false, [2, 3]],
      ],
    );
  });
});

describe('how much was read', () => {
  it('is counted without kernel threads, and never above the whole', () => {
    const kernel: NotRead = { pid: 2, path: null, reason: 'kernel_thread', details: null, incomplete: false };
    const coverage = { reported: true, complete: true, problems: [] };
    assert.deepEqual(readable({ ...coverage, processes: { seen: 10, read: 8, notRead: [kernel] } }), {
      read: 8,
      of: 9,
    });
    assert.deepEqual(readable({ ...coverage, processes: { seen: 8, read: 8, notRead: [kernel] } }), { read: 8, of: 8 });
  });
});

describe('marks of processes', () => {
  it('gather findings, artifacts, regions and reasons by process', () => {
    const sha256 = 'a'.repeat(64);
    const report: Answer<'getScanReport'> = {
      version: 1,
      scanId: '018f0000-0000-7000-8000-000000000001',
      endpoint: { id: '018f0000-0000-7000-8000-000000000002', name: 'e', operatingSystem: null, identity: 'confirmed' },
      hunt: null,
      verdict: 'malicious',
      families: [],
      reasons: [],
      coverage: {
        reported: true,
        complete: true,
        processes: {
          seen: 2,
          read: 1,
          notRead: [{ pid: 2, path: null, reason: 'kernel_thread', details: null, incomplete: false }],
        },
        problems: [],
      },
      counts: { processes: 2, modules: 0, files: 0, regions: 1, findings: 1 },
      artifacts: { trusted: 0, unknown: 0, suspicious: 0, malicious: 1 },
      notTrusted: [
        {
          sha256,
          layout: 'raw',
          verdict: 'malicious',
          subVerdict: 'malicious',
          families: [],
          processes: [
            { pid: 7, path: null },
            { pid: 7, path: null },
          ],
          path: null,
          addresses: ['0x1000'],
          findings: ['implanted-code'],
          why: [],
        },
      ],
      findings: [{ finding: 'implanted-code', pid: 7, path: null, address: '0x1000', sha256, details: '' }],
      jitRegions: [],
      times: { createdAt: '', endedAt: null, finishedAt: null },
    };
    const marks = processMarks(report);
    assert.equal(marks.get(7)?.artifacts.length, 1);
    assert.equal(marks.get(7)?.findings.length, 1);
    assert.equal(marks.get(2)?.notRead[0]?.reason, 'kernel_thread');
    assert.equal(processMarks(undefined).size, 0);
  });
});
