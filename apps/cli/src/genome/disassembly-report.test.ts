import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { type ReportedSample, reportedSamples, streamedSamples } from './disassembly-report.ts';

const SHA256 = 'ab'.repeat(32);
/** push rbp; mov rbp, rsp | ret, four bytes further on. */
const functions = {
  '4198400': {
    offset: 4198400,
    blocks: {
      '4198400': [
        [4198400, '55', 'push', 'rbp'],
        [4198401, '4889e5', 'mov', 'rbp, rsp'],
      ],
    },
  },
  '4198408': { offset: 4198408, blocks: { '4198408': [[4198408, 'c3', 'ret', '']] } },
};
const CODE = Buffer.from('554889e5ccccccccc3', 'hex');

describe('disassembly reports', () => {
  it('are put back together: an SMDA report', () => {
    const report = { sha256: SHA256, metadata: { family: 'zlib', is_library: true }, xcfg: functions };
    const [sample] = reportedSamples(JSON.stringify(report));
    assert.deepEqual(sample, { sha256: SHA256, family: 'zlib', isLibrary: true, code: CODE });
  });

  it('are put back together: an MCRIT export, plain and compressed', () => {
    const entries = { '1': { xcfg: functions['4198400'] }, '2': { xcfg: functions['4198408'] } };
    const packed = deflateSync(JSON.stringify(entries)).toString('base64');
    for (const value of [entries, packed]) {
      const text = JSON.stringify({
        sample_entries: { [SHA256]: { family: 'go' } },
        function_entries: { [SHA256]: value },
      });
      assert.deepEqual([...reportedSamples(text)], [{ sha256: SHA256, family: 'go', isLibrary: false, code: CODE }]);
    }
  });

  it('of any size are read one sample after another, in whichever order they say things', async () => {
    const value = deflateSync(JSON.stringify({ '1': { xcfg: functions['4198400'] } })).toString('base64');
    const about = { sample_entries: { [SHA256]: { family: 'go', is_library: true, other: ['}'] } } };
    const code = { function_entries: { [SHA256]: value, bad: 7, worse: 'nonsense' } };
    const streamed = async (text: string): Promise<ReportedSample[]> => {
      const open = async function* (): AsyncGenerator<Buffer> {
        for (const sign of text) yield Buffer.from(sign);
      };
      const found: ReportedSample[] = [];
      for await (const sample of streamedSamples(open)) found.push(sample);
      return found;
    };
    for (const report of [
      { ...about, ...code },
      { ...code, ...about },
    ]) {
      const text = JSON.stringify(report);
      const expected = [...reportedSamples(text)];
      assert.equal(expected.length, 3);
      assert.deepEqual(await streamed(text), expected);
    }
    const cut = await streamed(JSON.stringify({ ...about, ...code }).slice(0, -3));
    assert.equal(cut.length, 3);
    assert.match(JSON.stringify(cut.at(-1)), /it is cut off/);
    assert.match(JSON.stringify(await streamed('{"xcfg":{}}')), /no export of MCRIT/);
    const named = { sample_entries: { [SHA256]: { family: 'x'.repeat(1e6) } }, ...code };
    const families = (await streamed(JSON.stringify(named))).map((one) => ('family' in one ? one.family.length : 0));
    assert.equal(Math.max(...families), 200, 'a name is held as far as a family takes it');
  });

  it('say what is wrong with them', () => {
    const far = {
      a: {
        blocks: {
          a: [
            [0, 'c3'],
            [2 ** 40, 'c3'],
          ],
        },
      },
    };
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['{', /no JSON/],
      ['[]', /neither a report/],
      [JSON.stringify({ xcfg: {} }), /no bytes of instructions/],
      [JSON.stringify({ xcfg: far }), /spans/],
      [JSON.stringify({ function_entries: { x: 'nonsense' } }), /cannot be unpacked/],
    ];
    for (const [text, problem] of wrong) {
      const [sample] = reportedSamples(text);
      assert.ok(sample !== undefined && 'problem' in sample);
      assert.match(sample.problem, problem);
    }
  });

  it('never throw, whatever is in them', () => {
    const key = fc.constantFrom('xcfg', 'function_entries', 'sample_entries', 'blocks', 'metadata', 'a');
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ depthSize: 'small' }, fc.jsonValue(), fc.dictionary(key, tie('tree')), fc.array(tie('tree'))),
    }));
    fc.assert(
      fc.property(tree, (value) => void [...reportedSamples(JSON.stringify(value))]),
      { numRuns: 60 },
    );
    fc.assert(fc.property(fc.string(), (text) => void [...reportedSamples(text)]));
  });
});
