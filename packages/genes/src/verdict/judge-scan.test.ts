import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ARTIFACT_VERDICTS, SCAN_VERDICTS } from '@genehound/contract';
import fc from 'fast-check';
import { type JudgedArtifact, judgeScan, type ScanInput } from './judge-scan.ts';

const clean: ScanInput = {
  artifacts: [{ verdict: 'trusted', families: [], name: '/bin/true' }],
  endReason: 'done',
  missingMessages: [],
  coverage: { reported: true, complete: true, notRead: [] },
  missingBytes: 0,
  failed: 0,
};
const bad: JudgedArtifact = { verdict: 'malicious', families: ['Redwolf'], name: 'memory of 12' };
const odd: JudgedArtifact = { verdict: 'suspicious', families: [], name: '/tmp/odd' };

describe('judgeScan', () => {
  it('takes the worst artifact first and coverage after it', () => {
    assert.equal(judgeScan(clean).verdict, 'no_threats');
    assert.equal(judgeScan({ ...clean, artifacts: [odd, bad] }).verdict, 'infected');
    assert.deepEqual(judgeScan({ ...clean, artifacts: [odd, bad] }).families, ['Redwolf']);
    assert.equal(judgeScan({ ...clean, artifacts: [odd], endReason: 'failed' }).verdict, 'suspicious');
  });

  it('calls a scan incomplete for each of its causes, and says which', () => {
    const causes: readonly (readonly [Partial<ScanInput>, RegExp])[] = [
      [{ endReason: null }, /never ended/],
      [{ endReason: 'interrupted' }, /interrupted/],
      [{ endReason: 'unsupported' }, /does not support this machine/],
      [{ missingMessages: ['processes-info'] }, /processes-info/],
      [
        { coverage: { reported: true, complete: false, notRead: [{ reason: 'no_privileges', count: 3 }] } },
        /3 processes.*privileges/,
      ],
      [{ coverage: { reported: true, complete: false, notRead: [] } }, /did not read everything/],
      [{ missingBytes: 2 }, /2 artifacts never came/],
      [{ failed: 1 }, /1 artifact failed/],
    ];
    for (const [change, words] of causes) {
      const { verdict, reasons } = judgeScan({ ...clean, ...change });
      assert.equal(verdict, 'incomplete');
      assert.match(reasons.join('\n'), words);
    }
  });

  it('does not call a client incomplete that cannot report coverage, but says so', () => {
    const { verdict, reasons } = judgeScan({ ...clean, coverage: { reported: false, complete: false, notRead: [] } });
    assert.equal(verdict, 'no_threats');
    assert.match(reasons.join('\n'), /does not report/);
  });

  it('is monotone: another artifact or problem never makes a scan better', () => {
    const artifact = fc.record({
      verdict: fc.constantFrom(...ARTIFACT_VERDICTS),
      families: fc.subarray(['a', 'b']),
      name: fc.string({ maxLength: 4 }),
    });
    const input = fc.record({
      artifacts: fc.array(artifact, { maxLength: 5 }),
      endReason: fc.constantFrom('done', 'failed', null),
      missingMessages: fc.subarray(['host-info']),
      coverage: fc.record({ reported: fc.boolean(), complete: fc.boolean(), notRead: fc.constant([]) }),
      missingBytes: fc.nat(1),
      failed: fc.nat(1),
    });
    fc.assert(
      fc.property(input, artifact, (scan, extra) => {
        const rank = (of: ScanInput): number => SCAN_VERDICTS.indexOf(judgeScan(of).verdict);
        assert.ok(rank({ ...scan, artifacts: [...scan.artifacts, extra] }) >= rank(scan));
        assert.ok(rank({ ...scan, failed: scan.failed + 1 }) >= rank(scan));
        const turned = judgeScan({ ...scan, artifacts: scan.artifacts.toReversed() });
        assert.deepEqual(turned, judgeScan(scan));
      }),
    );
  });
});
