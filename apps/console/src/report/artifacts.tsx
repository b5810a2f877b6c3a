import type { NotTrusted, Report } from '../api/queries.ts';
import { baseName } from '../format/hostile.ts';
import { count } from '../format/quantity.ts';
import type { ReportSearch } from '../search.ts';
import { Sign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { Choice } from '../ui/choice.tsx';
import { HashText } from '../ui/copyable.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Empty } from '../ui/states.tsx';
import { ArtifactDetails } from './artifact-details.tsx';
import css from './artifacts.module.css';

const ORDER = ['malicious', 'suspicious', 'unknown'] as const;

export function artifactKey(artifact: Pick<NotTrusted, 'sha256' | 'layout'>): string {
  return `${artifact.sha256}:${artifact.layout}`;
}

/** The worst first; the server's order within one verdict. */
function sorted(artifacts: readonly NotTrusted[]): readonly NotTrusted[] {
  return ORDER.flatMap((verdict) => artifacts.filter((one) => one.verdict === verdict));
}

function Place({ artifact }: { readonly artifact: NotTrusted }) {
  const [first] = artifact.processes;
  const where = artifact.path ?? first?.path ?? null;
  return (
    <span className={css.place}>
      {where === null ? texts.unknownValue : <HostileText text={baseName(where)} limit={60} form="line" />}
      {first !== undefined && <span className={css.dim}> {texts.report.pid(first.pid)}</span>}
      {artifact.processes.length > 1 && (
        <span className={css.dim}> {texts.artifacts.more(artifact.processes.length - 1)}</span>
      )}
    </span>
  );
}

interface ItemProps {
  readonly artifact: NotTrusted;
  readonly open: boolean;
  readonly onToggle: () => void;
  readonly id: string;
  readonly endpointId: string;
}

function Item({ artifact, open, onToggle, id, endpointId }: ItemProps) {
  const body = `artifact-${artifactKey(artifact)}`;
  return (
    <li className={css.item}>
      <button
        type="button"
        className={css.head}
        aria-expanded={open}
        aria-controls={open ? body : undefined}
        onClick={onToggle}
      >
        <svg className={css.chevron} viewBox="0 0 16 16" aria-hidden="true">
          <path d="m6 4 4 4-4 4" />
        </svg>
        <Sign sign={artifact.verdict} />
        <span className={css.family}>
          {artifact.families[0] === undefined ? (
            <span className={css.dim}>{texts.artifacts.noFamily}</span>
          ) : (
            <HostileText text={artifact.families.join(', ')} limit={100} form="line" />
          )}
        </span>
        <Place artifact={artifact} />
        <span className={css.findings}>{artifact.findings.join(', ')}</span>
        <span className={css.dim}>{texts.artifacts.layouts[artifact.layout]}</span>
        <HashText text={artifact.sha256} />
      </button>
      {open && (
        <div id={body} className={css.body}>
          <ArtifactDetails artifact={artifact} id={id} endpointId={endpointId} />
        </div>
      )}
    </li>
  );
}

interface Props {
  readonly report: Report;
  readonly search: ReportSearch;
  readonly onSearch: (change: ReportSearch) => void;
}

function Filters({ report, search, onSearch }: Props) {
  const options = ORDER.map((value) => ({
    value,
    label: texts.verdicts[value],
    count: count(report.artifacts[value]),
  }));
  return (
    <Choice
      label={texts.scans.show}
      value={search.verdict === undefined || search.verdict === 'trusted' ? 'all' : search.verdict}
      options={[{ value: 'all' as const, label: texts.scans.all, count: count(report.notTrusted.length) }, ...options]}
      onChoose={(value) => onSearch({ verdict: value === 'all' ? undefined : value })}
    />
  );
}

/** The tab of artifacts that are not trusted; one may be open, and the address says which. */
export function Artifacts({ report, search, onSearch }: Props) {
  const trusted = report.artifacts.trusted;
  if (report.notTrusted.length === 0) {
    return (
      <Empty>
        {texts.artifacts.nothing} {trusted > 0 && texts.artifacts.trustedToo(trusted)}
      </Empty>
    );
  }
  const shown = sorted(report.notTrusted).filter(
    (one) => search.verdict === undefined || one.verdict === search.verdict,
  );
  const at = shown.findIndex((one) => artifactKey(one) === search.artifact);
  return (
    <>
      <div className={css.filters}>
        <Filters report={report} search={search} onSearch={onSearch} />
      </div>
      {shown.length === 0 && <Empty>{texts.artifacts.nothingHere}</Empty>}
      {/* A link may name an artifact far down the list: it is drawn up to there. */}
      <More items={shown} first={Math.max(100, at + 1)}>
        {(items) => (
          <ul className={css.list} aria-label={texts.artifacts.label}>
            {items.map((artifact) => {
              const key = artifactKey(artifact);
              const open = key === search.artifact;
              return (
                <Item
                  key={key}
                  artifact={artifact}
                  id={report.scanId}
                  endpointId={report.endpoint.id}
                  open={open}
                  onToggle={() => onSearch({ artifact: open ? undefined : key })}
                />
              );
            })}
          </ul>
        )}
      </More>
      {trusted > 0 && <p className={css.dim}>{texts.artifacts.trustedToo(trusted)}</p>}
      {shown.length > 0 && <SaveList name="genehound-artifacts" pages={onePage(shown)} />}
    </>
  );
}
