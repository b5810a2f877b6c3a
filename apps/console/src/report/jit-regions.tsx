import type { Report } from '../api/queries.ts';
import { bytes } from '../format/quantity.ts';
import { texts } from '../texts.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { More } from '../ui/more.tsx';
import { onePage, SaveList } from '../ui/save-list.tsx';
import { Empty } from '../ui/states.tsx';
import { ProcessLink } from './process-link.tsx';
import css from './report.module.css';

type Region = Report['jitRegions'][number];

function columnsFor(id: string): readonly Column<Region>[] {
  return [
    { head: texts.findings.process, cell: (region) => <ProcessLink id={id} pid={region.pid} path={region.path} /> },
    { head: texts.jit.engine, cell: (region) => <HostileText text={region.engine} limit={80} form="line" /> },
    { head: texts.findings.address, cell: (region) => <span className={css.mono}>{region.address}</span> },
    { head: texts.jit.size, cell: (region) => bytes(region.size), align: 'number' },
  ];
}

export function JitRegions({ report }: { readonly report: Report }) {
  if (report.jitRegions.length === 0) return <Empty>{texts.jit.nothing}</Empty>;
  const columns = columnsFor(report.scanId);
  return (
    <>
      <p className={css.intro}>{texts.jit.intro}</p>
      <More items={report.jitRegions}>
        {(shown) => (
          <DataTable
            label={texts.jit.label}
            columns={columns}
            rows={shown}
            rowKey={(region, at) => `${region.pid}.${region.address}.${at}`}
          />
        )}
      </More>
      <SaveList name="genehound-jit-regions" pages={onePage(report.jitRegions)} />
    </>
  );
}
