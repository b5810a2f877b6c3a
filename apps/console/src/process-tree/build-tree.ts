import type { resources } from '@genehound/contract';
import type { z } from 'zod';

export type ProcessNode = z.infer<typeof resources.processNode>;
export type ProcessVerdict = ProcessNode['verdict'];

export interface TreeNode {
  /** The process id, or process id and a number where an endpoint reports one id twice. */
  readonly key: string;
  readonly process: ProcessNode;
  readonly children: readonly TreeNode[];
  /** The worst verdict of this process and all below it. */
  readonly worst: ProcessVerdict;
}

/** Deeper than any real ancestry; an endpoint that claims more is shown without further indentation. */
export const DEEPEST = 40;

const RANK = { trusted: 0, unknown: 1, suspicious: 2, malicious: 3 } as const;

function rank(verdict: ProcessVerdict): number {
  return verdict === null ? -1 : RANK[verdict];
}

function worse(a: ProcessVerdict, b: ProcessVerdict): ProcessVerdict {
  return rank(a) >= rank(b) ? a : b;
}

/** Malicious or suspicious: what the analyst looks for. Unknown is the normal state of rare software. */
export function isMarked(verdict: ProcessVerdict): boolean {
  return verdict === 'malicious' || verdict === 'suspicious';
}

interface Draft {
  readonly key: string;
  readonly process: ProcessNode;
  readonly children: Draft[];
  parent: Draft | undefined;
}

function drafts(processes: readonly ProcessNode[]): readonly Draft[] {
  const seen = new Map<number, number>();
  return processes.map((process) => {
    const times = seen.get(process.pid) ?? 0;
    seen.set(process.pid, times + 1);
    const key = times === 0 ? String(process.pid) : `${process.pid}.${times}`;
    return { key, process, children: [], parent: undefined };
  });
}

/** Marks every draft on a cycle's entry as a root, so that what a lying endpoint sends still is a tree. */
function attach(all: readonly Draft[]): readonly Draft[] {
  const byPid = new Map<number, Draft>();
  for (const draft of all) if (!byPid.has(draft.process.pid)) byPid.set(draft.process.pid, draft);
  for (const draft of all) {
    const parent = byPid.get(draft.process.parent);
    if (parent !== undefined && parent !== draft) draft.parent = parent;
  }
  const settled = new Set<Draft>();
  for (const start of all) {
    const way = new Set<Draft>();
    let at: Draft | undefined = start;
    while (at !== undefined && !settled.has(at) && !way.has(at)) {
      way.add(at);
      at = at.parent;
    }
    if (at !== undefined && way.has(at)) at.parent = undefined;
    for (const draft of way) settled.add(draft);
  }
  for (const draft of all) draft.parent?.children.push(draft);
  return all.filter((draft) => draft.parent === undefined);
}

/** Parents before their children, with each one's depth held at DEEPEST. */
function ordered(roots: readonly Draft[]): readonly { draft: Draft; under: Draft | undefined }[] {
  const order: { draft: Draft; under: Draft | undefined }[] = [];
  const open: { draft: Draft; depth: number; under: Draft | undefined }[] = [];
  for (const draft of roots.toReversed()) open.push({ draft, depth: 0, under: undefined });
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    order.push({ draft: next.draft, under: next.under });
    const flat = next.depth >= DEEPEST;
    for (const child of next.draft.children.toReversed()) {
      open.push({ draft: child, depth: flat ? next.depth : next.depth + 1, under: flat ? next.under : next.draft });
    }
  }
  return order;
}

/**
 * The process tree of a scan. Every process of the input is in it exactly once, in the input's order among
 * siblings; a process whose parent is unknown is a root, a cycle of parents is cut at one of them.
 */
export function buildTree(processes: readonly ProcessNode[]): readonly TreeNode[] {
  const order = ordered(attach(drafts(processes)));
  const children = new Map<Draft | undefined, TreeNode[]>();
  for (const { draft, under } of order.toReversed()) {
    const own = (children.get(draft) ?? []).toReversed();
    const worst = own.reduce<ProcessVerdict>((sofar, child) => worse(sofar, child.worst), draft.process.verdict);
    const siblings = children.get(under) ?? [];
    siblings.push({ key: draft.key, process: draft.process, children: own, worst });
    children.set(under, siblings);
  }
  return (children.get(undefined) ?? []).toReversed();
}

/** Keeps what `keep` chooses and the way to it. */
export function pruneTree(nodes: readonly TreeNode[], keep: (node: TreeNode) => boolean): readonly TreeNode[] {
  return nodes.flatMap((node) => {
    const children = pruneTree(node.children, keep);
    return children.length > 0 || keep(node) ? [{ ...node, children }] : [];
  });
}

export function countTree(nodes: readonly TreeNode[]): number {
  return nodes.reduce((sum, node) => sum + 1 + countTree(node.children), 0);
}

/** Keys of the nodes that have children and are to be open: all but those whose whole subtree is `quiet`. */
export function openKeys(nodes: readonly TreeNode[], quiet: (process: ProcessNode) => boolean): readonly string[] {
  const keys: string[] = [];
  const visit = (node: TreeNode): boolean => {
    const below = node.children.map(visit);
    const silent = below.every((one) => one);
    if (node.children.length > 0 && !silent) keys.push(node.key);
    return silent && quiet(node.process);
  };
  nodes.forEach(visit);
  return keys;
}
