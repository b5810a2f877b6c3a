import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { NotTrusted } from '../api/queries.ts';
import { baseName } from '../format/hostile.ts';
import { bytes } from '../format/quantity.ts';
import type { ProcessMarks } from '../report/process-marks.ts';
import { Sign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { CopyButton } from '../ui/copyable.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { Time } from '../ui/time.tsx';
import type { ProcessNode } from './build-tree.ts';
import css from './process-details.module.css';

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className={css.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Quoted({ text, what }: { readonly text: string | null; readonly what: string }) {
  if (text === null || text === '') return <span className={css.dim}>{texts.unknownValue}</span>;
  return (
    <span className={css.quoted}>
      <span className={css.mono}>
        <HostileText text={text} limit={600} />
      </span>
      <CopyButton text={text} what={what} />
    </span>
  );
}

function Facts({ process }: { readonly process: ProcessNode }) {
  return (
    <dl className={css.facts}>
      <Fact name={texts.tree.path}>
        <Quoted text={process.path} what={texts.tree.path} />
      </Fact>
      <Fact name={texts.tree.command}>
        <Quoted text={process.commandLine} what={texts.tree.command} />
      </Fact>
      <Fact name={texts.tree.user}>
        {process.user === null ? texts.unknownValue : <HostileText text={process.user} limit={100} />}
      </Fact>
      <Fact name={texts.tree.started}>
        {process.startedAt === null ? texts.unknownValue : <Time value={process.startedAt} />}
      </Fact>
      <Fact name={texts.tree.parent}>{process.parent}</Fact>
      <Fact name={texts.report.artifactsHead}>{process.artifacts}</Fact>
    </dl>
  );
}

/** Enough to see what is wrong in one process; all of them are in the tab of artifacts. */
const SHOWN = 50;

function Code({ artifacts, id }: { readonly artifacts: readonly NotTrusted[]; readonly id: string }) {
  if (artifacts.length === 0) return null;
  return (
    <>
      <h3>{texts.tree.codeHere}</h3>
      <ul className={css.list}>
        {artifacts.slice(0, SHOWN).map((artifact) => (
          <li key={`${artifact.sha256}:${artifact.layout}`}>
            <Sign sign={artifact.verdict} />{' '}
            <Link
              to="/scans/$id"
              params={{ id }}
              search={{ tab: 'artifacts', artifact: `${artifact.sha256}:${artifact.layout}` }}
            >
              <HostileText
                text={
                  artifact.families[0] ??
                  (artifact.path === null ? artifact.sha256.slice(0, 16) : baseName(artifact.path))
                }
                limit={60}
                form="line"
              />
            </Link>{' '}
            <span className={css.dim}>{texts.artifacts.layouts[artifact.layout]}</span>
          </li>
        ))}
      </ul>
      {artifacts.length > SHOWN && <p className={css.dim}>{texts.artifacts.more(artifacts.length - SHOWN)}</p>}
    </>
  );
}

function Marks({ marks, id }: { readonly marks: ProcessMarks; readonly id: string }) {
  return (
    <>
      {marks.notRead.map((one) => (
        <p key={`${one.reason}${one.details ?? ''}`}>
          <Sign sign="not_read">{texts.coverage.because(texts.coverage.reasons[one.reason].short)}</Sign>
          {one.details !== null && one.details !== '' && (
            <span className={css.details}>
              <HostileText text={one.details} />
            </span>
          )}
        </p>
      ))}
      <Code artifacts={marks.artifacts} id={id} />
      {marks.findings.length > 0 && <h3>{texts.findings.label}</h3>}
      <ul className={css.list}>
        {marks.findings.slice(0, SHOWN).map((finding, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: one region may have two findings of one kind
          <li key={at}>
            <strong>{finding.finding}</strong> <span className={css.mono}>{finding.address}</span>
            <span className={css.details}>
              <HostileText text={finding.details} />
            </span>
          </li>
        ))}
      </ul>
      {marks.jitRegions.length > 0 && <h3>{texts.jit.label}</h3>}
      <ul className={css.list}>
        {marks.jitRegions.slice(0, SHOWN).map((region) => (
          <li key={region.address}>
            <HostileText text={region.engine} limit={60} /> <span className={css.mono}>{region.address}</span>{' '}
            {bytes(region.size)}
          </li>
        ))}
      </ul>
    </>
  );
}

interface Props {
  readonly id: string;
  readonly process: ProcessNode | undefined;
  readonly marks: ProcessMarks | undefined;
  readonly onClose: () => void;
}

/** The side panel of one process: what it is, what it holds, what could not be read. */
export function ProcessDetails({ id, process, marks, onClose }: Props) {
  return (
    <section className={css.panel} aria-label={texts.tree.details}>
      <button type="button" className={css.close} onClick={onClose} aria-label={texts.tree.close}>
        ×
      </button>
      {process === undefined ? (
        <p>{texts.tree.gone}</p>
      ) : (
        <>
          <h2>
            {process.path === null || process.path === '' ? (
              texts.tree.noPath
            ) : (
              <HostileText text={baseName(process.path)} limit={80} form="line" />
            )}{' '}
            <span className={css.dim}>{texts.report.pid(process.pid)}</span>
          </h2>
          {process.verdict !== null && <Sign sign={process.verdict} />}
          <Facts process={process} />
          {marks !== undefined && <Marks marks={marks} id={id} />}
        </>
      )}
    </section>
  );
}
