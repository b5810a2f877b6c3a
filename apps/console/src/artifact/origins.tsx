import type { OriginLink, OriginStage, ScanReport } from '@genehound/contract';
import { texts } from '../texts.ts';
import { HostileText } from '../ui/hostile-text.tsx';
import css from './artifact.module.css';

function Stage({ stage }: { readonly stage: OriginStage }) {
  return (
    <>
      {texts.artifact.stages[stage.kind]}{' '}
      <span className={css.mono}>
        <HostileText text={stage.name} limit={120} form="line" />
      </span>
      {stage.pid !== null && ` (${texts.report.pid(stage.pid)})`}
    </>
  );
}

function Links({ links }: { readonly links: readonly OriginLink[] }) {
  return (
    <ol className={css.origins}>
      {links.map((link, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: links have no name of their own and keep their order
        <li key={at}>
          <Stage stage={link.from} /> → <Stage stage={link.to} />{' '}
          <strong>{link.certainty === 'seen' ? texts.artifact.seen : texts.artifact.inferred}</strong>:{' '}
          <HostileText text={link.why} limit={300} />
        </li>
      ))}
    </ol>
  );
}

/** The way of code into a process, each step said to be seen or only inferred. */
export function Origins({ links }: { readonly links: readonly OriginLink[] }) {
  return (
    <section>
      <h2>{texts.artifact.origins}</h2>
      <Links links={links} />
    </section>
  );
}

type Chain = NonNullable<ScanReport['chains']>[number];

/** Code that came by way of other processes, from what started it to where it is. */
export function Chains({ chains }: { readonly chains: readonly Chain[] }) {
  return chains.map((chain) => (
    <section key={`${chain.sha256}/${chain.links.at(-1)?.to.pid}`}>
      <h2>
        {texts.artifact.chain}{' '}
        {chain.families.length > 0 && <HostileText text={chain.families.join(', ')} limit={200} form="line" />}
      </h2>
      <p>{texts.artifact.chainNote(chain.links.length, chain.inferred, chain.alternatives)}</p>
      <Links links={chain.links} />
    </section>
  ));
}
