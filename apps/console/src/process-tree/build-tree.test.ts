import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { buildTree, countTree, DEEPEST, openKeys, type ProcessNode, pruneTree, type TreeNode } from './build-tree.ts';

function node(pid: number, parent: number, verdict: ProcessNode['verdict'] = 'trusted'): ProcessNode {
  return { pid, parent, path: `/bin/p${pid}`, commandLine: null, user: null, startedAt: null, verdict, artifacts: 1 };
}

function shape(nodes: readonly TreeNode[]): string {
  return nodes.map((one) => one.key + (one.children.length > 0 ? `(${shape(one.children)})` : '')).join(' ');
}

function depth(nodes: readonly TreeNode[]): number {
  return nodes.reduce((deepest, one) => Math.max(deepest, 1 + depth(one.children)), 0);
}

describe('the process tree', () => {
  it('hangs children below parents, in the order of the scan', () => {
    const tree = buildTree([node(1, 0), node(640, 1), node(700, 1), node(4119, 640), node(4120, 4119)]);
    assert.equal(shape(tree), '1(640(4119(4120)) 700)');
  });

  it('makes roots of processes whose parent is not there, or is themselves', () => {
    assert.equal(shape(buildTree([node(5, 99), node(0, 0), node(6, 0)])), '5 0(6)');
  });

  it('cuts cycles and keeps a pid that is told twice', () => {
    assert.equal(shape(buildTree([node(1, 3), node(2, 1), node(3, 2)])), '1(2(3))');
    assert.equal(shape(buildTree([node(1, 0), node(2, 1), node(2, 1)])), '1(2 2.1)');
  });

  it('carries the worst verdict up', () => {
    const tree = buildTree([node(1, 0), node(2, 1, null), node(3, 2, 'malicious'), node(4, 1, 'unknown')]);
    assert.equal(tree[0]?.worst, 'malicious');
    assert.equal(tree[0]?.children[1]?.worst, 'unknown');
    assert.equal(shape(pruneTree(tree, (one) => one.process.verdict === 'malicious')), '1(2(3))');
  });

  it('opens all but what is wholly quiet', () => {
    const tree = buildTree([node(1, 0), node(9, 1), node(2, 0), node(3, 2), node(4, 3)]);
    assert.deepEqual(
      openKeys(tree, (process) => [2, 3, 4].includes(process.pid)),
      ['1'],
    );
    assert.deepEqual(
      openKeys(tree, () => false),
      ['1', '3', '2'],
    );
  });

  it('bounds depth', () => {
    const chain = Array.from({ length: 20_000 }, (_, n) => node(n + 1, n));
    const tree = buildTree(chain);
    assert.equal(countTree(tree), 20_000);
    assert.equal(depth(tree), DEEPEST + 1);
  });

  it('holds every process exactly once, whatever is sent', () => {
    const list = fc.array(fc.tuple(fc.nat(12), fc.nat(12)), { maxLength: 40 });
    fc.assert(
      fc.property(list, (pairs) => {
        const tree = buildTree(pairs.map(([pid, parent]) => node(pid, parent)));
        const keys: string[] = [];
        const walk = (one: TreeNode): void => {
          keys.push(one.key);
          one.children.forEach(walk);
        };
        tree.forEach(walk);
        assert.equal(keys.length, pairs.length);
        assert.equal(new Set(keys).size, pairs.length);
      }),
    );
  });
});
