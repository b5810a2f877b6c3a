import type { Report } from '../api/queries.ts';
import { count, percent } from '../format/quantity.ts';
import { Sign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { groupNotRead, type NotRead, type NotReadGroup, readable } from './not-read.ts';
import { ProcessLink } from './process-link.tsx';
import css from './report.module.css';

function columnsFor(id: string): readonly Column<NotRead>[] {
  return [
    { head: texts.findings.process, cell: (one) => <ProcessLink id={id} pid={one.pid} path={one.path} /> },
    {
      head: texts.coverage.details,
      cell: (one) =>
        one.details === null || one.details === '' ? (
          <span className={css.dim}>–</span>
        ) : (
          <HostileText text={one.details} />
        ),
    },
  ];
}

function Group({ group, id }: { readonly group: NotReadGroup; readonly id: string }) {
  const { short, next } = texts.coverage.reasons[group.reason];
  const columns = columnsFor(id);
  return (
    <details className={css.group} open={group.incomplete}>
      <summary>
        <span className={css.groupHead}>
          <strong>{texts.coverage.because(short)}</strong>
          <span className={css.groupCount}>{count(group.processes.length)}</span>
          {group.incomplete ? (
            <Sign sign="incomplete">{texts.coverage.makesIncomplete}</Sign>
          ) : (
            <span className={css.dim}>{texts.coverage.leavesComplete}</span>
          )}
        </span>
        <span className={css.note}>{next}</span>
      </summary>
      <More items={group.processes}>
        {(shown) => (
          <DataTable
            label={texts.coverage.because(short)}
            columns={columns}
            rows={shown}
            rowKey={(one, at) => `${one.pid}.${at}`}
          />
        )}
      </More>
    </details>
  );
}

function Problems({ problems }: { readonly problems: Report['coverage']['problems'] }) {
  if (problems.length === 0) return <p className={css.dim}>{texts.coverage.noProblems}</p>;
  return (
    <More items={problems}>
      {(shown) => (
        <ul className={css.problems}>
          {shown.map((problem, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two problems may have the same words
            <li key={at}>
              <code>{problem.code}</code> <HostileText text={problem.message} />
            </li>
          ))}
        </ul>
      )}
    </More>
  );
}

/** `296 of 298 processes read (99.3 %)`. Of no process seen, nothing is claimed. */
export function readSentence(coverage: Report['coverage']): string {
  const { read, of } = readable(coverage);
  return texts.coverage.read(read, of, percent(of === 0 ? 0 : read / of));
}

/** `no privileges (2), time ran out (1)`, of the processes that do or do not make the scan incomplete. */
export function reasonCounts(coverage: Report['coverage'], incomplete: boolean): string {
  return groupNotRead(coverage.processes.notRead)
    .filter((group) => group.incomplete === incomplete)
    .map((group) => texts.coverage.reasonCount(group.processes.length, texts.coverage.reasons[group.reason].short))
    .join(', ');
}

/** The tab of coverage: what could not be read and why, before anything else. */
export function Coverage({ report }: { readonly report: Report }) {
  const { coverage } = report;
  if (!coverage.reported) {
    return (
      <>
        <p className={css.intro}>
          <Sign sign="incomplete">{texts.coverage.notReported}</Sign>
        </p>
        <h2>{texts.coverage.problems}</h2>
        <Problems problems={coverage.problems} />
      </>
    );
  }
  const groups = groupNotRead(coverage.processes.notRead);
  return (
    <>
      <p className={css.intro}>
        {readSentence(coverage)}. {groups.length === 0 && texts.coverage.allRead}
      </p>
      {groups.map((group) => (
        <Group key={`${group.reason}${group.incomplete}`} group={group} id={report.scanId} />
      ))}
      {coverage.processes.notRead.length > 0 && (
        <SaveList name="genehound-not-read" pages={onePage(coverage.processes.notRead)} />
      )}
      <h2 className={css.section}>{texts.coverage.problems}</h2>
      <Problems problems={coverage.problems} />
    </>
  );
}
