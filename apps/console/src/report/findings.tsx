import { Link } from '@tanstack/react-router';
import type { Finding, Report } from '../api/queries.ts';
import { texts } from '../texts.ts';
import { HashText } from '../ui/copyable.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Empty } from '../ui/states.tsx';
import { artifactKey } from './artifacts.tsx';
import { ProcessLink } from './process-link.tsx';
import css from './report.module.css';

interface CodeProps {
  readonly report: Report;
  readonly finding: Finding;
}

/** The code of a finding: a link where it is listed, its hash where it is trusted, a dash where none was taken. */
function Code({ report, finding }: CodeProps) {
  if (finding.sha256 === null) return <span className={css.dim}>–</span>;
  const artifact = report.notTrusted.find((one) => one.sha256 === finding.sha256);
  if (artifact === undefined) return <HashText text={finding.sha256} />;
  return (
    <Link to="/scans/$id" params={{ id: report.scanId }} search={{ tab: 'artifacts', artifact: artifactKey(artifact) }}>
      <HashText text={finding.sha256} />
    </Link>
  );
}

function columnsFor(report: Report): readonly Column<Finding>[] {
  return [
    {
      head: texts.findings.kind,
      cell: (finding) => (
        <>
          <strong>{finding.finding}</strong>
          <span className={css.note}>{texts.findings.meaning[finding.finding]}</span>
        </>
      ),
    },
    {
      head: texts.findings.process,
      cell: (finding) => <ProcessLink id={report.scanId} pid={finding.pid} path={finding.path} />,
    },
    { head: texts.findings.address, cell: (finding) => <span className={css.mono}>{finding.address}</span> },
    { head: texts.findings.code, cell: (finding) => <Code report={report} finding={finding} /> },
    { head: texts.findings.details, cell: (finding) => <HostileText text={finding.details} /> },
  ];
}

export function Findings({ report }: { readonly report: Report }) {
  if (report.findings.length === 0) return <Empty>{texts.findings.nothing}</Empty>;
  const columns = columnsFor(report);
  return (
    <>
      <More items={report.findings}>
        {(shown) => (
          <DataTable
            label={texts.findings.label}
            columns={columns}
            rows={shown}
            rowKey={(finding, at) => `${finding.pid}.${finding.address}.${at}`}
          />
        )}
      </More>
      <SaveList name="genehound-findings" pages={onePage(report.findings)} />
    </>
  );
}
