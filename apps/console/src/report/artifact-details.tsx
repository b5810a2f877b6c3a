import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { NotTrusted } from '../api/queries.ts';
import { Origins } from '../artifact/origins.tsx';
import { CaseLine } from '../cases/case-line.tsx';
import { baseName } from '../format/hostile.ts';
import { texts } from '../texts.ts';
import { CopyButton, Hash } from '../ui/copyable.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import css from './artifacts.module.css';
import { FamilyShares } from './family-shares.tsx';

/** Enough for the eye; the whole list is at the API. */
const SHOWN = 20;

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Rest({ of }: { readonly of: readonly unknown[] }) {
  return of.length > SHOWN ? <span className={css.dim}>{texts.artifacts.more(of.length - SHOWN)}</span> : null;
}

function SeenIn({ artifact, id }: { readonly artifact: NotTrusted; readonly id: string }) {
  if (artifact.processes.length === 0) return texts.none;
  return (
    <ul className={css.plain}>
      {artifact.processes.slice(0, SHOWN).map((process) => (
        <li key={process.pid}>
          <Link to="/scans/$id" params={{ id }} search={{ tab: 'processes', process: String(process.pid) }}>
            {process.path === null ? (
              texts.tree.noPath
            ) : (
              <HostileText text={baseName(process.path)} limit={60} form="line" />
            )}{' '}
            {texts.report.pid(process.pid)}
          </Link>
        </li>
      ))}
      <Rest of={artifact.processes} />
    </ul>
  );
}

type Claim = keyof typeof texts.artifact.claims;
const CLAIMS = Object.entries(texts.artifact.claims) as readonly (readonly [Claim, string])[];

/** The endpoint's word for what the file says of itself: nothing of it was verified here. */
function Claimed({ file }: { readonly file: NonNullable<NotTrusted['file']> }) {
  return (
    <ul className={css.plain}>
      {CLAIMS.map(([claim, name]) => {
        const value = file[claim];
        return (
          value !== null && (
            <li key={claim}>
              <span className={css.dim}>{name}:</span> <HostileText text={value} limit={200} />
            </li>
          )
        );
      })}
      {file.signatureMatches === false && <li>{texts.artifact.otherFileSigned}</li>}
    </ul>
  );
}

function Facts({ artifact, id }: { readonly artifact: NotTrusted; readonly id: string }) {
  const sub = artifact.subVerdict === artifact.verdict ? undefined : texts.subVerdict(artifact.subVerdict);
  return (
    <dl className={css.facts}>
      <Fact name={texts.artifacts.sha256}>
        <Hash text={artifact.sha256} what={texts.artifacts.sha256} />
      </Fact>
      <Fact name={texts.artifacts.layout}>
        {texts.artifacts.layouts[artifact.layout]}
        {sub !== undefined && `, ${sub}`}
      </Fact>
      <Fact name={texts.tree.path}>
        {artifact.path === null ? (
          texts.report.noFile
        ) : (
          <span className={css.mono}>
            <HostileText text={artifact.path} />
            <CopyButton text={artifact.path} what={texts.tree.path} />
          </span>
        )}
      </Fact>
      <Fact name={texts.artifacts.addresses}>
        <span className={css.mono}>
          {artifact.addresses.length === 0 ? '–' : artifact.addresses.slice(0, SHOWN).join(' ')}
        </span>{' '}
        <Rest of={artifact.addresses} />
      </Fact>
      <Fact name={texts.artifacts.seenIn}>
        <SeenIn artifact={artifact} id={id} />
      </Fact>
      {artifact.file !== undefined && (
        <Fact name={texts.artifact.claimed}>
          <Claimed file={artifact.file} />
        </Fact>
      )}
      <Fact name={texts.artifacts.findings}>
        {artifact.findings.length === 0
          ? texts.none
          : artifact.findings.map((finding) => (
              <span key={finding} className={css.finding}>
                <strong>{finding}</strong>: {texts.findings.meaning[finding]}
              </span>
            ))}
      </Fact>
    </dl>
  );
}

/** Evidence is quoted, never paraphrased: the sentences are the server's. */
function Reasons({ artifact }: { readonly artifact: NotTrusted }) {
  const { evidence } = artifact;
  const sentences = artifact.why.length > 0 ? artifact.why : (evidence?.reasons ?? []);
  return (
    <section>
      <h2>{texts.artifacts.why}</h2>
      {sentences.length > 0 && (
        <ul className={css.why}>
          {sentences.slice(0, SHOWN).map((sentence) => (
            <li key={sentence}>
              <HostileText text={sentence} />
            </li>
          ))}
        </ul>
      )}
      {evidence === undefined && <p className={css.dim}>{texts.artifacts.noEvidence}</p>}
      {evidence !== undefined && (
        <p className={css.dim}>
          {texts.artifacts.rule}: <code>{evidence.rule}</code>
          {evidence.label !== undefined && (
            <>
              {' · '}
              {texts.artifacts.label1}: <HostileText text={`${evidence.label.family} (${evidence.label.source})`} />
            </>
          )}
        </p>
      )}
      {evidence !== undefined && evidence.problems.length > 0 && (
        <>
          <h2>{texts.artifacts.problems}</h2>
          <ul className={css.why}>
            {evidence.problems.slice(0, SHOWN).map((problem) => (
              <li key={problem}>
                <HostileText text={problem} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

interface Props {
  readonly artifact: NotTrusted;
  readonly id: string;
  readonly endpointId: string;
}

export function ArtifactDetails({ artifact, id, endpointId }: Props) {
  return (
    <div className={css.details}>
      <div>
        <Reasons artifact={artifact} />
        {artifact.origins !== undefined && artifact.origins.length > 0 && <Origins links={artifact.origins} />}
        <p>
          <Link to="/artifacts/$sha256/$layout" params={{ sha256: artifact.sha256, layout: artifact.layout }}>
            {texts.artifact.open}
          </Link>
        </p>
        <CaseLine endpointId={endpointId} subject={{ sha256: artifact.sha256, layout: artifact.layout }} />
        {artifact.evidence !== undefined && <FamilyShares evidence={artifact.evidence} />}
      </div>
      <Facts artifact={artifact} id={id} />
    </div>
  );
}
