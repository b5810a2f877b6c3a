import { type ReactNode, useMemo, useState } from 'react';
import { Collection } from 'react-aria-components/Collection';
import { Button, Tree, TreeItem, TreeItemContent } from 'react-aria-components/Tree';
import { ListLayout, Virtualizer } from 'react-aria-components/Virtualizer';
import { baseName, visibleText } from '../format/hostile.ts';
import type { ProcessMarks } from '../report/process-marks.ts';
import { Sign, SignShape } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { isMarked, openKeys, type TreeNode } from './build-tree.ts';
import css from './process-tree.module.css';

/** Pixels; every row has it, so that ten thousand rows can be scrolled without laying them all out. */
const ROW = 34;

interface Props {
  readonly nodes: readonly TreeNode[];
  readonly marks: ReadonlyMap<number, ProcessMarks>;
  readonly chosen: string | undefined;
  readonly onChoose: (key: string | undefined) => void;
  /** Opens everything: after filtering, what is left is there because it is wanted. */
  readonly filtered: boolean;
}

function name(node: TreeNode): string {
  const { path } = node.process;
  return path === null || path === '' ? texts.tree.noPath : baseName(path);
}

/** What a screen reader says of a row: the same words that are seen. */
function spoken(node: TreeNode, marks: ProcessMarks | undefined): string {
  const parts = [visibleText(name(node), 100), texts.report.pid(node.process.pid)];
  const { verdict } = node.process;
  if (verdict !== null && isMarked(verdict)) parts.push(texts.tree.holds(texts.verdicts[verdict]));
  else if (node.worst !== null && isMarked(node.worst)) parts.push(texts.tree.below(texts.verdicts[node.worst]));
  if (marks !== undefined && marks.notRead.length > 0) parts.push(texts.verdicts.not_read);
  if (marks !== undefined && marks.findings.length > 0) parts.push(texts.tree.findings(marks.findings.length));
  return parts.join(', ');
}

interface RowProps {
  readonly node: TreeNode;
  readonly marks: ProcessMarks | undefined;
  readonly open: boolean;
}

function RowSigns({ node, marks, open }: RowProps) {
  const { verdict } = node.process;
  const own = verdict !== null && isMarked(verdict);
  const below = !own && node.worst !== null && isMarked(node.worst);
  return (
    <>
      {own && <Sign sign={verdict}>{texts.tree.holds(texts.verdicts[verdict])}</Sign>}
      {below && node.worst !== null && (
        <span className={open ? css.way : css.hiddenBelow} title={texts.tree.below(texts.verdicts[node.worst])}>
          <SignShape sign={node.worst} />
          {!open && texts.tree.below(texts.verdicts[node.worst])}
        </span>
      )}
      {verdict === 'unknown' && <Sign sign="unknown" />}
      {marks !== undefined && marks.notRead.length > 0 && <Sign sign="not_read" />}
      {marks !== undefined && marks.findings.length > 0 && (
        <span className={css.findings}>{texts.tree.findings(marks.findings.length)}</span>
      )}
    </>
  );
}

function Row({ node, marks, open }: RowProps) {
  const { process } = node;
  return (
    <div className={css.row}>
      {node.children.length > 0 ? (
        <Button slot="chevron" className={css.chevron ?? ''}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="m6 4 4 4-4 4" />
          </svg>
        </Button>
      ) : (
        <span className={css.leaf} />
      )}
      <span className={css.name}>
        <HostileText text={name(node)} limit={60} form="line" />
      </span>
      <span className={css.pid}>{process.pid}</span>
      <RowSigns node={node} marks={marks} open={open} />
      {process.user !== null && (
        <span className={css.user}>
          <HostileText text={process.user} limit={40} form="line" />
        </span>
      )}
      <span className={css.command}>
        {process.commandLine !== null && <HostileText text={process.commandLine} limit={160} form="line" />}
      </span>
    </div>
  );
}

/** Which nodes are open: by default all but subtrees of kernel threads alone; then as the reader leaves them. */
function useOpen(nodes: readonly TreeNode[], marks: Props['marks'], filtered: boolean) {
  const [touched, setTouched] = useState<ReadonlySet<string | number> | undefined>(undefined);
  const first = useMemo(
    () =>
      new Set(
        filtered
          ? openKeys(nodes, () => false)
          : openKeys(
              nodes,
              (process) => marks.get(process.pid)?.notRead.some((one) => one.reason === 'kernel_thread') ?? false,
            ),
      ),
    [nodes, marks, filtered],
  );
  return { open: filtered ? first : (touched ?? first), setOpen: setTouched };
}

/** The tree by keyboard: arrows, Home, End, type-ahead, Enter to choose (React Aria's tree grid). */
export function ProcessTree({ nodes, marks, chosen, onChoose, filtered }: Props) {
  const { open, setOpen } = useOpen(nodes, marks, filtered);
  const item = (node: TreeNode): ReactNode => (
    <TreeItem id={node.key} textValue={spoken(node, marks.get(node.process.pid))} className={css.item ?? ''}>
      <TreeItemContent>
        {({ isExpanded }) => <Row node={node} marks={marks.get(node.process.pid)} open={isExpanded} />}
      </TreeItemContent>
      <Collection items={node.children} dependencies={[marks]}>
        {item}
      </Collection>
    </TreeItem>
  );
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ rowSize: ROW }}>
      <Tree
        aria-label={texts.tree.label}
        className={css.tree ?? ''}
        items={nodes}
        dependencies={[marks]}
        selectionMode="single"
        selectedKeys={chosen === undefined ? [] : [chosen]}
        onSelectionChange={(keys) => {
          const [first] = keys === 'all' ? [] : [...keys];
          onChoose(first === undefined ? undefined : String(first));
        }}
        expandedKeys={open}
        onExpandedChange={(keys) => setOpen(new Set(keys))}
      >
        {item}
      </Tree>
    </Virtualizer>
  );
}
