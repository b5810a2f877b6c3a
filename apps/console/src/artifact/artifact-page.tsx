import { LAYOUTS } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Vaccine } from '../families/vaccine.tsx';
import { bytes } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { FamilyShares } from '../report/family-shares.tsx';
import { Sign } from '../signs/sign.tsx';
import { texts } from '../texts.ts';
import { Hash } from '../ui/copyable.tsx';
import { HostileText } from '../ui/hostile-text.tsx';
import { NotFound } from '../ui/not-found.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';
import css from './artifact.module.css';
import { type ArtifactKey, artifact } from './artifact-queries.ts';
import { Functions } from './functions.tsx';
import { RelatedArtifacts, Strings } from './kin.tsx';
import { ArtifactSightings } from './sightings.tsx';
import { Signatures } from './signatures.tsx';
import { VerdictHistory } from './verdict-history.tsx';

const route = getRouteApi('/frame/artifacts/$sha256/$layout');

function Content({ of }: { readonly of: ArtifactKey }) {
  const query = useQuery(artifact(of));
  if (query.isError) return <Failed error={query.error} onAgain={() => void query.refetch()} />;
  if (query.data === undefined) return <Loading />;
  const { verdict, size, problem, knownAs, signed } = query.data;
  const evidence = verdict?.evidence;
  return (
    <div className={css.whole}>
      <p className={css.facts}>
        {verdict !== null && <Sign sign={verdict.verdict} size="large" />}
        <span>
          <Hash text={of.sha256} what={texts.artifacts.sha256} />
        </span>
        <span>
          {texts.artifacts.layouts[of.layout]}, {bytes(size)}
          {evidence !== undefined && `, ${texts.artifact.genes(evidence.geneCount + evidence.commonGenes)}`}
        </span>
        {verdict !== null && verdict.subVerdict !== verdict.verdict && (
          <span>{texts.subVerdict(verdict.subVerdict)}</span>
        )}
      </p>
      {problem !== null && (
        <p>
          <HostileText text={problem} limit={500} />
        </p>
      )}
      {knownAs.map((one) => (
        <p key={`${one.source} ${one.name} ${one.version}`}>
          {texts.artifact.known}: <HostileText text={`${one.name} ${one.version} (${one.manufacturer})`} limit={200} />
        </p>
      ))}
      {evidence !== undefined && (
        <>
          <ul className={css.why}>
            {evidence.reasons.map((reason) => (
              <li key={reason}>
                <HostileText text={reason} limit={500} />
              </li>
            ))}
          </ul>
          <FamilyShares evidence={evidence} />
        </>
      )}
      {signed !== null && <Signatures of={signed} />}
      <ArtifactSightings of={of} />
      <Functions of={of} evidence={evidence} />
      <VerdictHistory of={of} />
      <RelatedArtifacts of={of} />
      {of.layout === 'file' && <Strings of={of} />}
      {(verdict?.verdict === 'malicious' || verdict?.verdict === 'suspicious') && <Vaccine of={of} />}
    </div>
  );
}

/** One artifact: its verdict and why, down to the instructions; what is like it. */
export function ArtifactPage() {
  const { sha256, layout } = route.useParams();
  const known = LAYOUTS.find((one) => one === layout);
  useTitle(`${texts.artifact.heading} ${sha256.slice(0, 12)}`);
  if (known === undefined) return <NotFound />;
  const path = `/api/v1/artifacts/${sha256}/${layout}`;
  return (
    <>
      <h1>{texts.artifact.heading}</h1>
      <Content of={{ sha256, layout: known }} />
      <ApiSource
        paths={[
          path,
          `${path}/sightings`,
          `${path}/functions`,
          `${path}/history`,
          `${path}/related`,
          `${path}/strings`,
        ]}
      />
    </>
  );
}
