import { Tabs } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import {
  processes as processesQuery,
  type Report,
  report as reportQuery,
  type ScanSummary,
  scan as scanQuery,
} from '../api/queries.ts';
import { Chains } from '../artifact/origins.tsx';
import { CaseLine } from '../cases/case-line.tsx';
import { ScanChanges } from '../endpoints/changes.tsx';
import { visibleText } from '../format/hostile.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { ProcessView } from '../process-tree/process-view.tsx';
import { DoNow } from '../response/do-now.tsx';
import { REPORT_TABS, type ReportSearch, type ReportTab } from '../search.ts';
import { texts } from '../texts.ts';
import { Failed, Loading, Stale } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';
import { Artifacts } from './artifacts.tsx';
import { Coverage } from './coverage.tsx';
import { Findings } from './findings.tsx';
import { JitRegions } from './jit-regions.tsx';
import { Persistence } from './persistence.tsx';
import { processMarks } from './process-marks.ts';
import css from './report.module.css';
import { HeadLine, ReportHead, ScanLine } from './report-head.tsx';

const route = getRouteApi('/frame/scans/$id');

function tabCount(tab: ReportTab, report: Report | undefined, processCount: number | undefined): number | undefined {
  if (tab === 'processes') return processCount;
  if (report === undefined) return undefined;
  if (tab === 'artifacts') return report.notTrusted.length;
  if (tab === 'findings') return report.findings.length;
  return tab === 'jit' ? report.jitRegions.length : undefined;
}

/** How a scan's own state is told while there is no report. */
function Progress({ scan }: { readonly scan: ScanSummary }) {
  if (scan.state === 'failed') return <p role="status">{texts.report.failed}</p>;
  const sentence = scan.state === 'receiving' ? texts.report.receiving : texts.report.analysing(scan.pending);
  return <p role="status">{sentence}</p>;
}

function useReportData(scan: ScanSummary) {
  const done = scan.state === 'done';
  const report = useQuery({ ...reportQuery(scan), enabled: done, placeholderData: keepPreviousData });
  // The processes are there as soon as the scan has ended; the tree need not wait for verdicts.
  const processes = useQuery({
    ...processesQuery(scan),
    enabled: scan.state !== 'receiving',
    placeholderData: keepPreviousData,
  });
  const marks = useMemo(() => processMarks(report.data), [report.data]);
  return { report, processes, marks };
}

type Data = ReturnType<typeof useReportData>;

interface PartProps<T> {
  readonly query: { readonly data: T | undefined; readonly error: Error | null; readonly refetch: () => unknown };
  readonly waiting: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** One tab's content: its data, or why there is none; the other tabs do not suffer. */
function Part<T>({ query, waiting, children }: PartProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  return waiting;
}

interface TabsProps {
  readonly scan: ScanSummary;
  readonly data: Data;
}

function useSearchChange(): readonly [ReportSearch, (change: ReportSearch) => void] {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (part: ReportSearch): void => {
    void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
  };
  return [search, change];
}

function Panels({ scan, data }: TabsProps) {
  const [search, onSearch] = useSearchChange();
  const waiting = scan.state === 'done' ? <Loading /> : <Progress scan={scan} />;
  return (
    <>
      <Tabs.Panel value="processes">
        <Part query={data.processes} waiting={waiting}>
          {(list) => (
            <ProcessView id={scan.id} processes={list.items} marks={data.marks} search={search} onSearch={onSearch} />
          )}
        </Part>
      </Tabs.Panel>
      <Tabs.Panel value="artifacts">
        <Part query={data.report} waiting={waiting}>
          {(report) => <Artifacts report={report} search={search} onSearch={onSearch} />}
        </Part>
      </Tabs.Panel>
      <Tabs.Panel value="findings">
        <Part query={data.report} waiting={waiting}>
          {(report) => (
            <>
              <Chains chains={report.chains ?? []} />
              <Findings report={report} />
            </>
          )}
        </Part>
      </Tabs.Panel>
      <Tabs.Panel value="persistence">{scan.state === 'done' ? <Persistence id={scan.id} /> : waiting}</Tabs.Panel>
      <Tabs.Panel value="jit">
        <Part query={data.report} waiting={waiting}>
          {(report) => <JitRegions report={report} />}
        </Part>
      </Tabs.Panel>
      <Tabs.Panel value="changes">{scan.state === 'done' ? <ScanChanges id={scan.id} /> : waiting}</Tabs.Panel>
      <Tabs.Panel value="coverage">
        <Part query={data.report} waiting={waiting}>
          {(report) => <Coverage report={report} />}
        </Part>
      </Tabs.Panel>
    </>
  );
}

function ReportTabs({ scan, data }: TabsProps) {
  const [search, onSearch] = useSearchChange();
  const chosen = search.tab ?? 'processes';
  return (
    <Tabs
      className={css.tabs ?? ''}
      color="var(--gh-accent)"
      value={chosen}
      keepMounted={false}
      onChange={(value) => onSearch({ tab: REPORT_TABS.find((tab) => tab === value), q: undefined })}
    >
      <Tabs.List>
        {REPORT_TABS.map((tab) => {
          const value = tabCount(tab, data.report.data, data.processes.data?.items.length);
          return (
            <Tabs.Tab
              key={tab}
              value={tab}
              rightSection={value === undefined ? undefined : <span className={css.tabCount}>{count(value)}</span>}
            >
              {texts.report.tabs[tab]}
            </Tabs.Tab>
          );
        })}
      </Tabs.List>
      <Panels scan={scan} data={data} />
    </Tabs>
  );
}

function Scan({ scan }: { readonly scan: ScanSummary }) {
  const data = useReportData(scan);
  useTitle(visibleText(scan.endpoint?.name ?? texts.scans.nameless, 60));
  const report = data.report.data;
  return (
    <>
      <HeadLine scan={scan} report={report} />
      <ScanLine scan={scan} report={report} />
      {data.report.isRefetchError && <Stale />}
      {scan.state !== 'done' && <Progress scan={scan} />}
      {scan.state === 'done' && (
        <Part query={data.report} waiting={<Loading />}>
          {(loaded) => <ReportHead report={loaded} />}
        </Part>
      )}
      {scan.endpoint !== null && <CaseLine endpointId={scan.endpoint.id} subject={null} />}
      {scan.state === 'done' && <DoNow scan={scan} />}
      {scan.state !== 'failed' && <ReportTabs scan={scan} data={data} />}
    </>
  );
}

export function ReportPage() {
  const { id } = route.useParams();
  const query = useQuery(scanQuery(id));
  return (
    <>
      <nav className={css.crumbs} aria-label={texts.report.crumbs}>
        <Link to="/scans">{texts.scans.heading}</Link>
      </nav>
      {query.data !== undefined && query.isError && <Stale />}
      {query.data === undefined && <h1>{texts.report.scan}</h1>}
      <Part query={query} waiting={<Loading />}>
        {(scan) => <Scan scan={scan} />}
      </Part>
      <ApiSource
        paths={[
          `/api/v1/scans/${id}`,
          `/api/v1/scans/${id}/report`,
          `/api/v1/scans/${id}/advice`,
          `/api/v1/scans/${id}/processes`,
        ]}
      />
    </>
  );
}
