import type { Answer } from '@genehound/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { genome as genomeQuery } from '../api/queries.ts';
import { count } from '../format/quantity.ts';
import { ApiSource } from '../frame/frame.tsx';
import { texts } from '../texts.ts';
import { Command } from '../ui/copyable.tsx';
import { Failed, Loading } from '../ui/states.tsx';
import { useTitle } from '../ui/title.ts';
import css from './genome.module.css';
import { Sources } from './sources.tsx';

type Status = Answer<'getGenome'>;

/** Fewer samples than any system has programs: the built-in test threat and little else. */
const NEARLY_EMPTY = 3;

function Numbers({ status }: { readonly status: Status }) {
  const numbers = [
    [status.families, texts.genome.families],
    [status.samples, texts.genome.samples],
    [status.genes, texts.genome.genes],
  ] as const;
  return (
    <>
      <ul className={css.numbers}>
        {numbers.map(([value, word]) => (
          <li key={word}>
            <strong>{count(value)}</strong> {word === texts.genome.families ? <Link to="/families">{word}</Link> : word}
          </li>
        ))}
      </ul>
      {status.pendingSamples > 0 && <p role="status">{texts.genome.pending(status.pendingSamples)}</p>}
      {!status.indexCurrent && <p role="status">{texts.genome.rebuilding}</p>}
      {status.samples < NEARLY_EMPTY && status.pendingSamples === 0 && (
        <section className={css.empty}>
          <h2>{texts.genome.emptyHeading}</h2>
          <p>{texts.genome.empty}</p>
          <Command text={texts.genome.command} />
        </section>
      )}
    </>
  );
}

/** What the server knows: without it, verdicts cannot be understood. */
export function GenomePage() {
  useTitle(texts.genome.heading);
  const status = useQuery(genomeQuery);
  return (
    <>
      <h1>{texts.genome.heading}</h1>
      {status.isPending && <Loading />}
      {status.data === undefined && status.isError && (
        <Failed error={status.error} onAgain={() => void status.refetch()} />
      )}
      {status.data !== undefined && <Numbers status={status.data} />}
      <Sources />
      <ApiSource paths={['/api/v1/genome', '/api/v1/sources']} />
    </>
  );
}
