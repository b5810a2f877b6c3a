import { Link } from '@tanstack/react-router';
import { baseName } from '../format/hostile.ts';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';

interface Props {
  readonly id: string;
  readonly pid: number;
  readonly path: string | null;
}

/** To the process in the tree of the same report. */
export function ProcessLink({ id, pid, path }: Props) {
  return (
    <Link to="/scans/$id" params={{ id }} search={{ tab: 'processes', process: String(pid) }}>
      {path === null || path === '' ? texts.tree.noPath : <HostileText text={baseName(path)} limit={60} form="line" />}{' '}
      {texts.report.pid(pid)}
    </Link>
  );
}
