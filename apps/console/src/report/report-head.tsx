import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { NotTrusted, Report, ScanSummary } from '../api/queries.ts';
import { useMay } from '../api/use-may.ts';
import { baseName } from '../format/hostile.ts';
import { count } from '../format/quantity.ts';
import { duration, secondsBetween } from '../format/time.ts';
import { Sign, scanSign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import { Time } from '../ui/time.tsx';
import { artifactKey } from './artifacts.tsx';
import { readSentence, reasonCounts } from './coverage.tsx';
import css from './report-head.module.css';

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className={css.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Places that are shown in the head; the tab of artifacts has them all. */
const PLACES = 4;
const REASONS = 8;

function Place({ artifact, id }: { readonly artifact: NotTrusted; readonly id: string }) {
  const [process] = artifact.processes;
  const [address] = artifact.addresses;
  return (
    <li>
      <Sign sign={artifact.verdict}>
        <Link to="/scans/$id" params={{ id }} search={{ tab: 'artifacts', artifact: artifactKey(artifact) }}>
          {artifact.families[0] === undefined ? (
            texts.verdicts[artifact.verdict]
          ) : (
            <HostileText text={artifact.families[0]} limit={60} form="line" />
          )}
        </Link>
      </Sign>{' '}
      {process !== undefined && (
        <>
          <Link to="/scans/$id" params={{ id }} search={{ tab: 'processes', process: String(process.pid) }}>
            {process.path === null ? (
              texts.tree.noPath
            ) : (
              <HostileText text={baseName(process.path)} limit={60} form="line" />
            )}
          </Link>
          , {texts.report.pid(process.pid)},{' '}
        </>
      )}
      {texts.artifacts.layouts[artifact.layout]}
      {address !== undefined && (
        <>
          , <span className={css.mono}>{address}</span>
        </>
      )}
      , {artifact.path === null ? texts.report.noFile : <HostileText text={artifact.path} limit={120} form="line" />}
      {artifact.findings.length > 0 && ` (${artifact.findings.join(', ')})`}
    </li>
  );
}

function Where({ report }: { readonly report: Report }) {
  const places = (['malicious', 'suspicious'] as const).flatMap((verdict) =>
    report.notTrusted.filter((one) => one.verdict === verdict),
  );
  if (places.length === 0) return null;
  return (
    <Fact name={texts.report.where}>
      <ul className={css.places}>
        {places.slice(0, PLACES).map((artifact) => (
          <Place key={artifactKey(artifact)} artifact={artifact} id={report.scanId} />
        ))}
      </ul>
      {places.length > PLACES && <span className={css.dim}>{texts.report.elsewhere(places.length - PLACES)}</span>}
    </Fact>
  );
}

function Why({ report }: { readonly report: Report }) {
  if (report.reasons.length === 0) return null;
  return (
    <Fact name={texts.report.why}>
      <ul className={css.reasons}>
        {report.reasons.slice(0, REASONS).map((reason) => (
          <li key={reason}>
            <HostileText text={reason} />
          </li>
        ))}
      </ul>
      {report.reasons.length > REASONS && (
        <span className={css.dim}>{texts.artifacts.more(report.reasons.length - REASONS)}</span>
      )}
    </Fact>
  );
}

function CoverageLine({ report }: { readonly report: Report }) {
  const { coverage } = report;
  if (!coverage.reported) return <Sign sign="incomplete">{texts.coverage.notReported}</Sign>;
  const missing = reasonCounts(coverage, true);
  const excused = reasonCounts(coverage, false);
  return (
    <>
      <Sign sign={coverage.complete ? 'trusted' : 'incomplete'}>
        {coverage.complete ? texts.coverage.complete : texts.coverage.incomplete}
      </Sign>
      : {readSentence(coverage)}
      {missing !== '' && <>; {texts.coverage.missing(missing)}</>}
      {excused !== '' && <>; {texts.coverage.excused(excused)}</>}.{' '}
      <Link to="/scans/$id" params={{ id: report.scanId }} search={{ tab: 'coverage' }}>
        {texts.coverage.details}
      </Link>
    </>
  );
}

function Counts({ report }: { readonly report: Report }) {
  const { counts, artifacts } = report;
  const plain = [
    texts.report.processes(counts.processes),
    texts.report.modules(counts.modules),
    texts.report.files(counts.files),
    texts.report.regions(counts.regions),
  ];
  return (
    <div className={css.counts}>
      {(['malicious', 'suspicious', 'unknown', 'trusted'] as const).map((verdict) => (
        <span key={verdict} className={artifacts[verdict] === 0 ? css.zero : ''}>
          <Sign sign={verdict}>
            {count(artifacts[verdict])} {texts.verdicts[verdict]}
          </Sign>
        </span>
      ))}
      <span className={css.dim}>{plain.join(' · ')}</span>
    </div>
  );
}

export function HeadLine({ scan, report }: { readonly scan: ScanSummary; readonly report: Report | undefined }) {
  const name = report?.endpoint.name ?? scan.endpoint?.name ?? '';
  const families = report?.families ?? scan.families;
  const mayAcquit = useMay('acquitEndpoint');
  return (
    <div className={css.line}>
      <h1>{name === '' ? texts.scans.nameless : <HostileText text={name} limit={100} form="line" />}</h1>
      {scan.state === 'failed' && <Sign sign="failed" size="large" />}
      {(scan.state === 'receiving' || scan.state === 'analysing') && <Sign sign="running" size="large" />}
      {scan.state === 'done' && scan.verdict !== null && <Sign sign={scanSign(scan.verdict)} size="large" />}
      {families.length > 0 && (
        <span className={css.families}>
          <HostileText text={families.join(', ')} limit={200} />
        </span>
      )}
      {mayAcquit && scan.state === 'done' && (
        <Link to="/scans/$id/acquit" params={{ id: scan.id }} className={css.action}>
          {texts.acquit.action}
        </Link>
      )}
    </div>
  );
}

/** When and how long; known from the scan's first message on. */
export function ScanLine({ scan, report }: { readonly scan: ScanSummary; readonly report: Report | undefined }) {
  const seconds = secondsBetween(scan.createdAt, scan.endedAt);
  const system = report?.endpoint.operatingSystem ?? null;
  return (
    <p className={css.scan}>
      {texts.report.scan} <Time value={scan.createdAt} />
      {seconds !== undefined && <>, {texts.report.took(duration(seconds))}</>}
      {system !== null && (
        <>
          {' · '}
          <HostileText text={system} limit={100} form="line" />
        </>
      )}
      {report !== undefined && report.hunt !== null && (
        <>
          {' · '}
          {texts.report.hunt} <HostileText text={report.hunt.name} limit={100} form="line" />
        </>
      )}
      {report !== undefined && report.endpoint.identity === 'name_only' && (
        <>
          {' · '}
          <span title={texts.report.nameOnlyWhy}>{texts.report.nameOnly}</span>
        </>
      )}
    </p>
  );
}

const BANNERS = {
  malicious: css.bad,
  suspicious: css.doubtful,
  incomplete: css.partial,
  no_threats: css.good,
} as const;

/** The banner: what, why, where, and how much of it could be seen. */
export function ReportHead({ report }: { readonly report: Report }) {
  const clean = report.artifacts.malicious + report.artifacts.suspicious === 0;
  return (
    <section className={`${css.banner} ${BANNERS[report.verdict]}`} aria-label={texts.report.verdict}>
      <dl className={css.facts}>
        <Why report={report} />
        <Where report={report} />
        {clean && report.reasons.length === 0 && <Fact name={texts.report.why}>{texts.report.noThreats}</Fact>}
        <Fact name={texts.report.coverage}>
          <CoverageLine report={report} />
        </Fact>
        <Fact name={texts.report.artifactsHead}>
          <Counts report={report} />
        </Fact>
      </dl>
    </section>
  );
}
