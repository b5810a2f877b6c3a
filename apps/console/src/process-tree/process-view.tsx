import { TextInput } from '@mantine/core';
import { useMemo } from 'react';
import type { ProcessMarks } from '../report/process-marks.ts';
import type { ReportSearch } from '../search.ts';
import { texts } from '../texts.ts';
import { Choice } from '../ui/choice.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Empty } from '../ui/states.tsx';
import { buildTree, countTree, isMarked, type ProcessNode, pruneTree, type TreeNode } from './build-tree.ts';
import { ProcessDetails } from './process-details.tsx';
import { ProcessTree } from './process-tree.tsx';
import css from './process-view.module.css';

interface Props {
  readonly id: string;
  readonly processes: readonly ProcessNode[];
  readonly marks: ReadonlyMap<number, ProcessMarks>;
  readonly search: ReportSearch;
  readonly onSearch: (change: ReportSearch) => void;
}

function matches(node: TreeNode, wanted: string): boolean {
  const { path, user, pid } = node.process;
  return [path ?? '', user ?? '', String(pid)].some((one) => one.toLowerCase().includes(wanted));
}

function find(nodes: readonly TreeNode[], key: string): TreeNode | undefined {
  for (const node of nodes) {
    const found = node.key === key ? node : find(node.children, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The part of the tree that the address asks for; a process with a finding counts as marked. */
function useShown({ processes, marks, search }: Props) {
  const whole = useMemo(() => buildTree(processes), [processes]);
  const shown = useMemo(() => {
    const wanted = (search.q ?? '').toLowerCase();
    const marked = (node: TreeNode): boolean =>
      isMarked(node.process.verdict) || (marks.get(node.process.pid)?.findings.length ?? 0) > 0;
    if (search.show === undefined && wanted === '') return whole;
    return pruneTree(whole, (node) => (search.show === undefined || marked(node)) && matches(node, wanted));
  }, [whole, marks, search.show, search.q]);
  return { whole, shown };
}

function Controls({ search, onSearch }: Pick<Props, 'search' | 'onSearch'>) {
  return (
    <div className={css.controls}>
      <Choice
        label={texts.tree.show}
        value={search.show ?? 'all'}
        options={[
          { value: 'all', label: texts.tree.all },
          { value: 'marked', label: texts.tree.marked },
        ]}
        onChoose={(value) => onSearch({ show: value === 'marked' ? 'marked' : undefined })}
      />
      <TextInput
        label={texts.tree.filter}
        type="search"
        size="xs"
        value={search.q ?? ''}
        onChange={(event) => onSearch({ q: event.currentTarget.value === '' ? undefined : event.currentTarget.value })}
      />
    </div>
  );
}

/** The tab of the process tree: filters, the tree, and the chosen process beside it. */
export function ProcessView(props: Props) {
  const { id, processes, marks, search, onSearch } = props;
  const { whole, shown } = useShown(props);
  if (processes.length === 0) return <Empty>{texts.tree.empty}</Empty>;
  const filtered = search.show !== undefined || search.q !== undefined;
  const chosen = search.process === undefined ? undefined : find(whole, search.process);
  const close = (): void => onSearch({ process: undefined });
  return (
    <>
      <Controls search={search} onSearch={onSearch} />
      <p className={css.summary} role="status">
        {texts.tree.shown(countTree(shown), processes.length)}. <span className={css.keys}>{texts.tree.keys}</span>
      </p>
      <div className={search.process === undefined ? css.alone : css.beside}>
        {shown.length === 0 ? (
          <Empty>{search.q === undefined ? texts.tree.noneMarked : texts.tree.nothing}</Empty>
        ) : (
          <ProcessTree
            nodes={shown}
            marks={marks}
            chosen={search.process}
            onChoose={(key) => onSearch({ process: key })}
            filtered={filtered}
          />
        )}
        {search.process !== undefined && (
          <ProcessDetails
            id={id}
            process={chosen?.process}
            marks={chosen === undefined ? undefined : marks.get(chosen.process.pid)}
            onClose={close}
          />
        )}
      </div>
      <SaveList name="genehound-processes" pages={onePage(processes)} />
    </>
  );
}
